package jira_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/memory"
	"github.com/jira-integrations/go-sdk/jira"
)

// allocated returns how much memory do takes from the heap, whether or not it gives it back.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestOneIssueDoesNotKeepItsPage(t *testing.T) {
	issues := make([]string, 100)
	for i := range issues {
		issues[i] = fmt.Sprintf(`{"id":"%d","key":"WEB-%d","names":null,"fields":{"summary":"s","labels":["a"],"description":%q,"customfield_1":"kept"}}`,
			i, i, strings.Repeat("x", 64<<10))
	}
	body := `{"names":{"summary":"Summary"},"issues":[` + strings.Join(issues, ",") + `]}`
	for name, send := range map[string]string{"page": body, "page with wrong bytes": strings.Replace(body, `"kept"`, "\"\xff\"", 1)} {
		mock := httpmock.NewMockTransport()
		mock.RegisterNoResponder(func(*http.Request) (*http.Response, error) {
			resp := httpmock.NewStringResponse(http.StatusOK, "")
			resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(send)), -1
			return resp, nil
		})
		jc := newClient(t, mock)
		before := memory.Held()
		var kept *jira.Issue
		for issue, err := range jc.Issues.Search(t.Context(), "project = WEB", nil) {
			if err != nil {
				t.Fatal(err)
			}
			if issue.ID == "50" {
				kept = issue
			}
		}
		if grown := memory.Held() - before; grown > 1<<20 { // one issue has 64 KiB, the page 6.4 MiB
			t.Errorf("%s: one issue keeps %d KiB", name, grown>>10)
		}
		runtime.KeepAlive(kept)
	}
}

func TestSearchMemoryDoesNotGrowWithPages(t *testing.T) {
	const size, total = 100, 120
	filler := strings.Repeat("x", 4<<10)
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		var in jira.SearchInput
		if err := json.NewDecoder(req.Body).Decode(&in); err != nil {
			return nil, err
		}
		n := 0
		if in.NextPageToken != "" {
			if _, err := fmt.Sscan(in.NextPageToken, &n); err != nil {
				return nil, err
			}
		}
		var b strings.Builder
		for i := range size {
			fmt.Fprintf(&b, `{"id":"%d","fields":{"customfield_1":%q}},`, n*size+i, filler)
		}
		token := ""
		if n+1 < total {
			token = fmt.Sprint(n + 1)
		}
		return httpmock.NewStringResponse(http.StatusOK, fmt.Sprintf(`{"issues":[%s],"nextPageToken":%q}`, strings.TrimSuffix(b.String(), ","), token)), nil
	})
	before, found, most := memory.Held(), 0, int64(0)
	for _, err := range newClient(t, mock).Issues.Search(t.Context(), "project = WEB", nil) {
		if err != nil {
			t.Fatal(err)
		}
		if found++; found%(size*total/4) == 0 {
			most = max(most, memory.Held())
		}
	}
	if found != size*total {
		t.Errorf("%d issues were found", found)
	}
	if grown := most - before; grown > 12<<20 { // all of them have 48 MiB
		t.Errorf("the search holds %d KiB", grown>>10)
	}
}

// streamed is how many bytes the tests of streams carry: a gibibyte when SDK_LARGE_FILES is set.
func streamed() int64 {
	if os.Getenv("SDK_LARGE_FILES") != "" {
		return 1 << 30
	}
	return 256 << 20
}

func TestUploadStreams(t *testing.T) {
	size := streamed()
	var got int64
	jc, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, `[{"id":"1"}]`)
	}))
	for name, zeros := range map[string]jira.Upload{
		"reader": jira.UploadReader("zeros.bin", io.LimitReader(endless(0), size)),
		"sized": {Name: "zeros.bin", Size: size, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.LimitReader(endless(0), size)), nil
		}},
	} {
		grown := allocated(func() {
			if _, err := jc.Attachments.Upload(t.Context(), "WEB-7", zeros); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		if got < size || grown > 8<<20 {
			t.Errorf("%s: %d MiB arrived, %d KiB were allocated", name, got>>20, grown>>10)
		}
	}
}

func TestDownloadStreams(t *testing.T) {
	size := streamed()
	jc, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.CopyN(w, endless(0), size)
	}), client.WithMaxResponse(1<<10))
	grown := allocated(func() {
		if n, err := jc.Attachments.Download(t.Context(), "1", io.Discard); n != size || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
	if grown > 8<<20 {
		t.Errorf("%d KiB were allocated", grown>>10)
	}
}
