package client_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// FuzzPause reads the headers by which a server asks for patience. Whatever they say, a call waits no longer than its policy
// allows and ends; what it was asked for is told and is never negative; a pause that was named is kept.
func FuzzPause(f *testing.F) {
	for _, v := range []string{"", "0", "1", "59", "3600", "1.5", "-1", "NaN", "Inf", "1e9", "0x10", "Wed, 21 Oct 2099 07:28:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "2099-01-01T00:00:00Z", " 7 ", "7, 8", "99999999999999999999", "\x00"} {
		f.Add(429, v, "", "jira-quota-global-based", int64(60))
		f.Add(503, v, v, "jira-burst-based", int64(1))
		f.Add(429, "", v, "jira-per-issue-on-write", int64(1e9))
	}
	f.Fuzz(func(t *testing.T, code int, after, reset, reason string, patience int64) {
		synctest.Test(t, func(t *testing.T) {
			most := time.Duration(patience % int64(24*time.Hour))
			n := replies(reply{Status: code, Header: map[string]string{
				"Retry-After": after, "X-RateLimit-Reset": reset, "RateLimit-Reason": reason, "X-RateLimit-Remaining": reset, "X-RateLimit-NearLimit": after,
			}}, ok("{}"))
			c := newClient(t, n.transport(), client.WithRetry(client.RetryPolicy{Retries: 2, MaxPause: most, MinWait: time.Second, MaxWait: time.Second}))
			start := time.Now()
			err := c.Do(t.Context(), get(), nil)
			waited := time.Since(start)
			if most <= 0 {
				most = time.Minute // the default
			}
			if waited > most+3*time.Second {
				t.Fatalf("waited %s though the policy allows %s", waited, most)
			}
			e, failed := errors.AsType[*client.Error](err)
			switch {
			case err == nil && code == 429 && waited < 100*time.Millisecond:
				t.Errorf("asked again after %s", waited)
			case failed && e.RetryAfter < 0, failed && errors.Is(err, client.ErrRateLimited) && e.Status == 429 && len(n.requests()) > 1:
				t.Errorf("%v after %d requests", err, len(n.requests()))
			}
			if failed && strings.ContainsFunc(err.Error(), func(c rune) bool { return c < ' ' }) {
				t.Errorf("not one line: %q", err)
			}
		})
	})
}

// FuzzErrorBody reads answers that are no success. The error is one clean line of bounded length, and knows no credential,
// which the answer holds at some place.
func FuzzErrorBody(f *testing.F) {
	for _, body := range []string{
		`{"errorMessages":["no §"],"errors":{"f":"§"}}`, `{"errors":[{"title":"§","detail":"§","code":1}]}`, `{"code":401,"message":"§"}`, `{"status":"FAILED","error":"§"}`,
		`["§",[["§"]]]`, `"§"`, `<html><title>§</title>`, `§`, `{"errors":{"§":["§"]}}`, `{"message":{"a":"§"}}`, `{"error":"§","error_description":"§"}`, `{"errors":{"a":{"b":"§"}}}`, "\xff§\x00", `{"errorMessages":[[[[[["§"]]]]]]}`,
	} {
		for _, code := range []int{400, 401, 403, 404, 429, 500} {
			f.Add(code, "application/json", body)
		}
		f.Add(502, "text/html; charset=utf-8", body)
	}
	f.Fuzz(func(t *testing.T, code int, contentType, body string) {
		if code < 300 || code > 599 {
			return
		}
		body = strings.ReplaceAll(body, "§", canary)
		n := replies(reply{Status: code, Header: map[string]string{"Content-Type": contentType, "Atl-Traceid": body, "RateLimit-Reason": body}, Body: body})
		c := newAuthClient(t, n.transport(), client.Bearer(canary), client.WithRetry(client.RetryPolicy{Retries: -1}))
		err := c.Do(t.Context(), get(), new(any))
		if err == nil {
			t.Fatal("no error")
		}
		e := wantError(t, err)
		if len(e.Body) > 64<<10 || e.Status != code {
			t.Errorf("status %d, %d bytes of body", e.Status, len(e.Body))
		}
		told := err.Error() + strings.Join(e.Messages, " ") + e.Reason + e.TraceID + e.Code + string(e.Body)
		for name, m := range e.Fields {
			told += name + m
		}
		for _, piece := range []string{"ATATT3xCanaryOne/", "CanaryTwo0123456789=A1B2C3D4"} {
			if strings.Contains(told, piece) {
				t.Errorf("the error holds %s: %q", piece, told)
			}
		}
	})
}

// FuzzID reads ids in both forms: as encoding/json reads a string or a number, and back.
func FuzzID(f *testing.F) {
	for _, s := range []string{`"10001"`, `10001`, `0`, `-1`, `1.5`, `1e3`, `null`, `true`, `{}`, `[]`, `"\u0031"`, `9007199254740993`, ` 7 `, `""`, `01`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var id client.ID
		err := json.Unmarshal([]byte(s), &id)
		var text string
		var number json.Number
		isText, isNumber := json.Unmarshal([]byte(s), &text) == nil, json.Unmarshal([]byte(s), &number) == nil
		if (err == nil) != (isText || isNumber) {
			t.Fatalf("%q: %v", s, err)
		}
		if err != nil {
			return
		}
		if isText && string(id) != text || !isText && string(id) != number.String() {
			t.Errorf("%q is %q", s, id)
		}
		b, err := json.Marshal(id)
		var again client.ID
		if err != nil || json.Unmarshal(b, &again) != nil || again != id {
			t.Errorf("%q was written as %s: %v", id, b, err)
		}
	})
}

// FuzzLocation redirects reads and lists to addresses of all sorts. A credential goes home or nowhere, https stays https,
// and a list takes no more than a number from an address.
func FuzzLocation(f *testing.F) {
	for _, tt := range tricks {
		f.Add(tt.address)
	}
	for _, s := range []string{"/x", "//evil.example/x", "?q", "#f", `\\evil.example`, "/\\evil.example", "https:/evil.example", " https://evil.example", "\thttps://evil.example", "https://acme.example:443@evil.example", "http:acme.example", "/x?after=7", "?after=-1", "?after=9223372036854775808"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		n := replies(status(http.StatusFound, "Location", address), ok("{}"))
		c := newClient(t, n.transport())
		err := c.Do(t.Context(), get(), nil)
		if err != nil {
			wantFailure(t, err)
		}
		for _, s := range n.requests() {
			u, err := url.Parse(s.url)
			if err != nil { // which net/http would not have sent
				u = &url.URL{Scheme: "https"}
			}
			if u.Scheme != "https" || u.User != nil {
				t.Fatalf("%q led to %s", address, s.url)
			}
			name, _, _ := strings.Cut(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), "%")
			home := name == "acme.example" && (u.Port() == "" || u.Port() == "443")
			if carriesSecret(s.header, "bearer") && !home {
				t.Errorf("%q took the credential to %s", address, s.url)
			}
		}
		if page := client.LinkPage(client.Page[int, int64]{}, 3, address, "after", true); page.Next != 3 {
			if u, err := url.Parse(address); err != nil || u.Query().Get("after") == "" {
				t.Errorf("%q names the position %d", address, page.Next)
			}
		}
		_ = c.Do(t.Context(), client.NewRequest("Things.Do", http.MethodPost, "/things").JSON(1), &pointed{})
	})
}

// FuzzWithin reads documents that may have more in them than their text shows. What is read costs no more than was allowed,
// and what encoding/json can read is refused only for that.
func FuzzWithin(f *testing.F) {
	for _, s := range []string{
		`{"list":[{},{"name":"a"}]}`, `{"LI\u017fT":[{}]}`, `{"any":[[],{},1,"a",null]}`, `{"map":{"a":{},"b":{}}}`, `{"inner":{"inner":{"list":[{}]}}}`, `[`, `{"a"`, `{"list":{}}`,
		`{"raw":[1,[2]],"ids":[1,"2"],"times":[0]}`, `"\"`, `{"wides":[{"wides":[]}]}`, `{"\u006cist":[{}]}`, ` { "list" : [ { } , { } ] } `, `null`, `{"list":[null,null]}`,
	} {
		f.Add(s, 100)
		f.Add(s, 1)
	}
	f.Fuzz(func(t *testing.T, s string, times int) {
		if times > 1 && times < 1000 { // the items of a list, over and over
			if i := strings.Index(s, "[{"); i > 0 {
				if j := strings.Index(s[i:], "}"); j > 0 {
					s = s[:i+1] + strings.Repeat(s[i+1:i+j+1]+",", times) + s[i+1:]
				}
			}
		}
		var plain, got wide
		want := client.Unmarshal([]byte(s), &plain)
		left := int64(256 << 10)
		err := client.UnmarshalWithin([]byte(s), &got, &left)
		switch {
		case errors.Is(err, client.ErrTooLarge):
			if left >= 0 {
				t.Errorf("refused with %d bytes left", left)
			}
			return
		case (err == nil) != (want == nil):
			t.Errorf("%v, without a bound %v", err, want)
		case err == nil && weight(got) > 256<<10:
			t.Errorf("%d bytes were made", weight(got))
		}
	})
}

// weight is how much memory a value takes, at least.
func weight(w wide) int {
	const each = 1616 // a padded
	n := cap(w.List)/2*each + len(w.Pointers)*8 + len(w.Map)*each + len(w.Numbers)*8 + len(w.IDs)*16 + len(w.Raw)*24 + len(w.Times)*24
	for _, p := range w.Pointers {
		if p != nil {
			n += each
		}
	}
	for _, inner := range w.Wides {
		n += 200 + weight(inner)
	}
	if w.Inner != nil {
		n += weight(*w.Inner)
	}
	return n
}
