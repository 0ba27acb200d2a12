package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/jira-integrations/go-sdk/client"
)

// constant answers everything with the same bytes and does next to nothing for it.
type constant struct{ body []byte }

func (c constant) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(c.body)), ContentLength: int64(len(c.body)),
	}, nil
}

var small = constant{[]byte(`{"key":"X-1","fields":{"summary":"it broke"}}`)}

// bare is a GET as one writes it by hand.
func bare(ctx context.Context, c *http.Client, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, site+"/rest/api/3/issue/X-1", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "bare")
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	return json.NewDecoder(resp.Body).Decode(out)
}

// withRetries is the same below go-retryablehttp as it comes.
func withRetries(c *retryablehttp.Client, out any) error {
	req, err := retryablehttp.NewRequest(http.MethodGet, site+"/rest/api/3/issue/X-1", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "bare")
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	return json.NewDecoder(resp.Body).Decode(out)
}

// BenchmarkGet compares a whole call with one that is written by hand on net/http, and prints how many allocations more
// it makes.
func BenchmarkGet(b *testing.B) {
	bareClient := &http.Client{Transport: small}
	retrying := retryablehttp.NewClient()
	retrying.HTTPClient, retrying.Logger = bareClient, nil
	c := newClient(b, small)
	var out issue
	calls := []struct {
		name string
		do   func() error
	}{
		{"bare", func() error { return bare(b.Context(), bareClient, &out) }},
		{"retryablehttp", func() error { return withRetries(retrying, &out) }},
		{"client", func() error { return c.Do(b.Context(), get(), &out) }},
	}
	base := testing.AllocsPerRun(100, func() { _ = calls[0].do() })
	for _, call := range calls {
		b.Run(call.name, func(b *testing.B) {
			more := testing.AllocsPerRun(100, func() { _ = call.do() }) - base
			b.ReportAllocs()
			for b.Loop() {
				if err := call.do(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(more, "more-allocs")
		})
	}
}

// BenchmarkPost shows that a body is encoded once and not copied: the bytes per operation are those of the encoding.
func BenchmarkPost(b *testing.B) {
	c := newClient(b, small)
	payload := map[string]string{"text": string(bytes.Repeat([]byte("x"), 1<<20))}
	b.Run("encoding", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(payload); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("client", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := c.Do(b.Context(), create().JSON(payload), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkUpload shows that a stream is not held in memory: the bytes per operation do not depend on its length.
func BenchmarkUpload(b *testing.B) {
	c := newClient(b, small)
	for _, length := range []int64{1 << 10, 64 << 20} {
		b.Run(byteSize(length), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Do(b.Context(), create().Stream(zeros(length)), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func byteSize(n int64) string {
	if n >= 1<<20 {
		return "64MiB"
	}
	return "1KiB"
}

func zeros(length int64) *client.Stream {
	return &client.Stream{ContentType: "application/octet-stream", Length: length, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.LimitReader(zero{}, length)), nil
	}}
}

type zero struct{}

func (zero) Read(p []byte) (int, error) { return len(p), nil }
