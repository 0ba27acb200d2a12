//go:build unix

package tokens_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

// workerEnv holds the job of a process that a test has started: the test program itself, run again.
const workerEnv = "SDK_TOKENS_WORKER"

// job is what such a process does.
type job struct {
	Place place
	URL   string // of the authorization server and the gateway
	// Goroutines use the token for so long, as the goroutines of a service do; 0 renews it without end.
	Goroutines int
	For        time.Duration
}

// outcome is what a process says at its end.
type outcome struct {
	Calls    int      // for a token, or to the API
	Failures []string // of them
	Tokens   []string // all access tokens that it got
	Slowest  time.Duration
}

// work does a job: it says that it is ready, waits for a line, and says what came of it. It ends with the test.
func work(text string) {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		panic(err)
	}
	store, closeStore, err := j.Place.open()
	if err != nil {
		panic(err)
	}
	defer closeStore()
	src := oauth.NewSource(configAt(j.URL), store)
	in := bufio.NewReader(os.Stdin)
	fmt.Println("ready")
	if _, err := in.ReadString('\n'); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(io.Discard, in) // until the test is gone
		os.Exit(1)
	}()
	if j.Goroutines == 0 {
		renewForever(src)
	}
	if err := json.NewEncoder(os.Stdout).Encode(j.use(src)); err != nil {
		panic(err)
	}
}

func configAt(url string) oauth.Config {
	return oauth.Config{ClientID: oauthtest.ClientID, ClientSecret: oauth.NewSecret(oauthtest.ClientSecret), TokenURL: url + "/oauth/token"}
}

// renewForever renews the token as often as it can, as if each were rejected, and prints what goes wrong.
func renewForever(src *oauth.Source) {
	for ctx := context.Background(); ; {
		if err := renewOnce(ctx, src); err != nil {
			fmt.Println(err)
			wait(ctx, 10*time.Millisecond)
		}
	}
}

// renewOnce renews a token that nobody has renewed meanwhile.
func renewOnce(ctx context.Context, src *oauth.Source) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		return err
	}
	if err := src.Sign(req); err != nil {
		return err
	}
	_, err = src.Refresh(ctx, req)
	return err
}

// callPause is the mean pause of a goroutine between two calls, and one of callsPerRequest calls goes to the API.
const (
	callPause       = 200 * time.Millisecond
	callsPerRequest = 40
)

// use lets many goroutines use the token.
func (j job) use(src *oauth.Source) outcome {
	api, err := client.New(j.URL, src, client.WithTransport(&http.Transport{MaxIdleConnsPerHost: 200}))
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), j.For)
	defer cancel()
	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		sum    outcome
		tokens = map[string]bool{}
	)
	for range j.Goroutines {
		all.Go(func() {
			var own outcome
			last := ""
			for ; wait(ctx, callPause/2+rand.N(callPause)); own.Calls++ {
				begun := time.Now()
				t, err := call(api, src)
				own.Slowest = max(own.Slowest, time.Since(begun))
				if err != nil {
					own.Failures = append(own.Failures, err.Error())
				} else if t != "" && t != last {
					last = t
					mu.Lock()
					tokens[t] = true
					mu.Unlock()
				}
			}
			mu.Lock()
			defer mu.Unlock()
			sum.Calls += own.Calls
			sum.Failures = append(sum.Failures, own.Failures...)
			sum.Slowest = max(sum.Slowest, own.Slowest)
		})
	}
	all.Wait()
	for t := range tokens {
		sum.Tokens = append(sum.Tokens, t)
	}
	return sum
}

// call gets a token or makes a call to the API, which must both succeed.
func call(api *client.Client, src *oauth.Source) (access string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if rand.N(callsPerRequest) == 0 {
		return "", api.Do(ctx, client.NewRequest("Sites", http.MethodGet, "/oauth/token/accessible-resources"), nil)
	}
	now := time.Now()
	t, err := src.Token(ctx)
	switch {
	case err != nil:
		return "", err
	case t.AccessToken() == "" || !now.Before(t.Expiry()):
		return "", fmt.Errorf("got a dead %v at %v", t, now)
	}
	return t.AccessToken(), nil
}

// process is a worker.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startWorker starts a process and waits until it is ready.
func startWorker(t *testing.T, j job) *process {
	t.Helper()
	p, err := j.start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

func (j job) start() (*process, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(self)}
	p.cmd.Env = append(os.Environ(), workerEnv+"="+string(text))
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if line, err := p.out.ReadString('\n'); err != nil || line != "ready\n" {
		p.kill()
		return nil, fmt.Errorf("a worker said %q: %w", line, err)
	}
	return p, nil
}

// begin lets the worker begin.
func (p *process) begin() error {
	_, err := io.WriteString(p.in, "go\n")
	return err
}

// result waits for what came of it.
func (p *process) result() (o outcome, err error) {
	if err := json.NewDecoder(p.out).Decode(&o); err != nil {
		return o, err
	}
	_ = p.in.Close()
	return o, nil
}

// kill ends the worker by the signal that it cannot see coming, and returns what it has said.
func (p *process) killed() string {
	_ = p.cmd.Process.Kill()
	said, _ := io.ReadAll(p.out)
	_ = p.cmd.Wait()
	return string(said)
}

func (p *process) kill() { _ = p.killed() }
