package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

// typedIssue has all system fields and drops the custom ones: what encoding/json does in one pass.
type typedIssue struct {
	ID     string            `json:"id"`
	Key    string            `json:"key"`
	Fields jira.SystemFields `json:"fields"`
}

type typedPage struct {
	Issues        []typedIssue `json:"issues"`
	NextPageToken string       `json:"nextPageToken"`
}

func BenchmarkIssue(b *testing.B) {
	body := newFixture().appendIssue(nil, 0)
	unmarshal[bareIssue](b, "bare", body)
	unmarshal[typedIssue](b, "typed", body)
	bench(b, "sdk", body, func() error {
		var issue jira.Issue
		return issue.DecodeBody(body, func() {})
	})
	bench(b, "gjson", body, func() error {
		scan(gjson.ParseBytes(body))
		return nil
	})
	bench(b, "valid", body, func() error {
		json.Valid(body)
		return nil
	})
}

// The page benchmarks include a call without a network: the SDK's page has no decoder of its own to call.
func BenchmarkPage(b *testing.B) {
	body := newFixture().appendPage(nil, 0, pageSize)
	unmarshal[barePage](b, "bare", body)
	unmarshal[typedPage](b, "typed", body)
	jc, err := jira.New("https://shop.atlassian.net", client.BasicAuth(benchEmail, benchToken), client.WithTransport(canned(body)))
	if err != nil {
		b.Fatal(err)
	}
	s := &sdk{jc, jira.NumberField(pointsID)}
	bench(b, "sdk", body, func() error {
		var t tally
		return s.search(context.Background(), &t)
	})
	bench(b, "gjson", body, func() error {
		for _, issue := range gjson.GetBytes(body, "issues").Array() {
			scan(issue)
		}
		return nil
	})
	bench(b, "valid", body, func() error {
		json.Valid(body)
		return nil
	})
}

// scan visits every field of an issue once with gjson and reads nothing: what two passes of the scanner cost.
func scan(issue gjson.Result) {
	issue.Get("fields").ForEach(func(_, _ gjson.Result) bool { return true })
}

func unmarshal[T any](b *testing.B, name string, body []byte) {
	b.Helper()
	bench(b, name, body, func() error {
		var v T
		return json.Unmarshal(body, &v)
	})
}

func bench(b *testing.B, name string, body []byte, f func() error) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if err := f(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// canned is a transport that always has the same answer.
type canned []byte

func (c canned) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(c)),
		ContentLength: int64(len(c)), Request: req,
	}, nil
}

// BenchmarkCall is a call without a network and with next to no answer: what the client adds to net/http.
func BenchmarkCall(b *testing.B) {
	answer := canned(`{"ok":true}`)
	const site = "https://shop.atlassian.net"
	plain := newBare(site)
	plain.client.Transport = answer
	jc, err := jira.New(site, client.BasicAuth(benchEmail, benchToken), client.WithTransport(answer))
	if err != nil {
		b.Fatal(err)
	}
	s := &sdk{jira: jc}
	bench(b, "bare", answer, func() error { return plain.tiny(context.Background()) })
	bench(b, "sdk", answer, func() error { return s.tiny(context.Background()) })
}
