package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"
)

// careful is a call written by hand with the same care as the SDK's, but without its retries: an attempt has a time limit,
// a transport signs a copy of the request (net/http lets it change no other) for the own host only, the answer is bounded
// and read into a buffer that is used again, and what is left of it is drained. What the SDK costs beyond it is the retry
// layer. It knows only the calls that this is measured with.
type careful struct {
	*bare
	client http.Client
}

const maxAnswer = 32 << 20

func newCareful(site string) *careful {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	return &careful{newBare(site), http.Client{Transport: &signer{transport, site}}}
}

type signer struct {
	transport http.RoundTripper
	site      string
}

func (s *signer) RoundTrip(req *http.Request) (*http.Response, error) {
	signed := *req
	signed.Header = maps.Clone(req.Header)
	if req.URL.Scheme+"://"+req.URL.Host == s.site {
		signed.SetBasicAuth(benchEmail, benchToken)
	}
	return s.transport.RoundTrip(&signed)
}

var answers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (c *careful) send(ctx context.Context, method, path string, body io.Reader, out any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // http.Client.Timeout does the same for three times the allocations
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.site+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "bench")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer func() {
		_, _ = io.CopyN(io.Discard, resp.Body, 1<<14)
		_ = resp.Body.Close()
	}()
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	answer := answers.Get().(*bytes.Buffer)
	defer answers.Put(answer)
	answer.Reset()
	if _, err := answer.ReadFrom(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return err
	}
	return json.Unmarshal(answer.Bytes(), out)
}

func (c *careful) tiny(ctx context.Context) error {
	var out tinyAnswer
	return c.send(ctx, http.MethodGet, "/tiny", nil, &out)
}

func (c *careful) sendJSON(ctx context.Context, v any) error {
	encoded, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.sendStream(ctx, encoded)
}

func (c *careful) sendStream(ctx context.Context, body []byte) error {
	var out tinyAnswer
	return c.send(ctx, http.MethodPost, "/sink", bytes.NewReader(body), &out)
}
