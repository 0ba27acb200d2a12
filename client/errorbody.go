package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// maxErrorBody bounds what is kept of the answer to a failed call.
const maxErrorBody = 64 << 10

// failure makes the *Error of an answer that is not a success. It reads the body but does not close it.
func (r *Request) failure(resp *http.Response) *Error {
	e := &Error{
		Op: r.op, Method: r.method, Path: r.path,
		Status:  resp.StatusCode,
		Reason:  oneLine(resp.Header.Get("RateLimit-Reason")),
		TraceID: traceID(resp.Header),
	}
	// A body that breaks off still tells what it has told so far.
	e.Body, _ = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if e.Reason == "" && e.Status == http.StatusTooManyRequests {
		e.Reason = oneLine(resp.Header.Get("X-Failure-Category"))
	}
	switch {
	case isHTML(resp, e.Body):
		e.Messages = append(e.Messages, "the server sent an HTML page"+htmlTitle(e.Body))
	case !e.readJSON(e.Body):
		switch text := strings.TrimSpace(string(e.Body)); {
		case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
			e.Messages = append(e.Messages, "the server sent broken JSON")
		case text != "":
			e.Messages = append(e.Messages, oneLine(text))
		}
	}
	if len(e.Messages) == 0 && len(e.Fields) == 0 && len(e.Body) == 0 {
		e.Messages = append(e.Messages, "the server gave no reason")
	}
	if e.Status >= 300 && e.Status < 400 {
		e.Messages = append(e.Messages, "the redirect was not followed")
	}
	if lacksScope(resp, e.Body) {
		e.kind = ErrScope
		if len(r.needs) > 0 {
			e.Messages = append(e.Messages, "it needs "+strings.Join(r.needs, " and "))
		}
	}
	return e
}

// readJSON takes the messages out of every shape in which the APIs report errors:
//
//	Jira         {"errorMessages":[…],"errors":{"field":"…"}}, or a bare list
//	gateway      {"code":401,"message":"…"}
//	JSM Ops      {"errors":[{"title":"…","detail":"…","code":"…"}]}
//	Currents     {"status":"FAILED","error":"…"}
//	QMetry       {"statusCode":…,"message":"…"}, {"status-code":…,"message":"…"}, {"statusCode":…,"body":…} with one of these
func (e *Error) readJSON(body []byte) bool {
	var m map[string]json.RawMessage
	if json.Unmarshal(body, &m) != nil {
		if !json.Valid(body) {
			return false
		}
		e.readErrors(body)
		return true
	}
	for _, key := range []string{"errorMessages", "message", "error", "error_description", "errorMessage", "warningMessages"} {
		e.Messages = append(e.Messages, texts(m[key], maxErrorDepth)...)
	}
	for _, key := range []string{"code", "errorCode"} {
		if code := texts(m[key], maxErrorDepth); len(code) > 0 && e.Code == "" {
			e.Code = code[0]
		}
	}
	e.readErrors(m["errors"])
	if inner := m["body"]; inner != nil && len(e.Messages) == 0 && len(e.Fields) == 0 && e.Code == "" {
		e.readJSON(inner)
	}
	return true
}

func (e *Error) readErrors(raw json.RawMessage) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) == nil {
		for name, value := range fields {
			if e.Fields == nil {
				e.Fields = make(map[string]string, len(fields))
			}
			e.Fields[name] = strings.Join(texts(value, maxErrorDepth), "; ")
		}
		return
	}
	var list []struct {
		Title, Detail, Message string
		Code                   json.RawMessage
	}
	if json.Unmarshal(raw, &list) != nil {
		e.Messages = append(e.Messages, texts(raw, maxErrorDepth)...)
		return
	}
	for _, item := range list {
		for _, m := range []string{item.Title, item.Detail, item.Message} {
			if m != "" && !slices.Contains(e.Messages, m) {
				e.Messages = append(e.Messages, m)
			}
		}
		if code := texts(item.Code, maxErrorDepth); len(code) > 0 && e.Code == "" {
			e.Code = code[0]
		}
	}
}

// maxErrorDepth is how deep lists of messages may be nested. Each level is scanned anew.
const maxErrorDepth = 4

// texts reads a string, a number or a list of such as strings.
func texts(raw json.RawMessage, depth int) []string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return nil
	}
	switch raw[0] {
	case '"':
		var s string
		if json.Unmarshal(raw, &s) == nil && strings.TrimSpace(s) != "" {
			return []string{s}
		}
	case '[':
		var list []json.RawMessage
		if depth > 0 && json.Unmarshal(raw, &list) == nil {
			var all []string
			for _, item := range list {
				all = append(all, texts(item, depth-1)...)
			}
			return all
		}
	case '{', 'n', 't', 'f':
	default:
		return []string{string(raw)}
	}
	return nil
}

func isHTML(resp *http.Response, body []byte) bool {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return kind == "text/html" || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.{1,200}?)</title>`)

func htmlTitle(body []byte) string {
	if m := title.FindSubmatch(body); m != nil {
		return fmt.Sprintf(" titled %q", oneLine(string(m[1])))
	}
	return ""
}

// lacksScope tells a missing scope from a credential that a refresh could mend. Atlassian's gateway answers 401 to both.
func lacksScope(resp *http.Response, body []byte) bool {
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return strings.Contains(resp.Header.Get("X-Failure-Category"), "SCOPE_CHECK") ||
			strings.Contains(resp.Header.Get("WWW-Authenticate"), "insufficient_scope") ||
			bytes.Contains(bytes.ToLower(body), []byte("scope does not match"))
	}
	return false
}

func traceID(h http.Header) string {
	for _, name := range []string{"Atl-Traceid", "Atl-Request-Id", "X-Request-Id"} {
		if id := h.Get(name); id != "" {
			return oneLine(id)
		}
	}
	return ""
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
