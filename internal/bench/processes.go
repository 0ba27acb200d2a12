package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

// server is the fake site in a process of its own.
type server struct {
	url   string
	stdin io.Closer
	cmd   *exec.Cmd
}

// startServer starts this program anew as the fake site. It ends with us, however we end: its stdin is then closed.
func startServer(ctx context.Context) (*server, error) {
	cmd, err := self(ctx, "serve")
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{stdin: stdin, cmd: cmd}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("the server did not start: %w", err)
	}
	s.url = strings.TrimSpace(line)
	return s, nil
}

func (s *server) stop() {
	_ = s.stdin.Close()
	_ = s.cmd.Wait()
}

// created asks the server how many issues a client has created.
func (s *server) created(ctx context.Context, client string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/throttled/"+client+"/count", nil)
	if err != nil {
		return 0, err
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	var count struct {
		Created int `json:"created"`
	}
	err = json.NewDecoder(resp.Body).Decode(&count)
	return count.Created, err
}

// sample runs a job in a process of its own.
func (s *server) sample(ctx context.Context, j job, client string) (sample, error) {
	var result sample
	cmd, err := self(ctx, "measure", j.name, client, s.url)
	if err != nil {
		return result, err
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return result, fmt.Errorf("%s by %s: %w: %s", j.name, client, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return result, json.Unmarshal(out, &result)
}

func self(ctx context.Context, args ...string) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, args...) // #nosec G204 -- this program itself
	return cmd, nil
}
