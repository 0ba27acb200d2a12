package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
)

func TestOffsetPage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		at, n, total int
		last, more   bool
		next         int
		ahead        []int
	}{
		{"first of three", 0, 50, 120, false, true, 50, []int{100}},
		{"last by total", 100, 20, 120, false, false, 120, nil},
		{"last by flag", 0, 50, 0, true, false, 50, nil},
		{"total unknown", 0, 50, 0, false, true, 50, nil},
		{"empty", 50, 0, 120, false, false, 50, nil},
		{"short", 0, 30, 120, false, true, 30, []int{60, 90}},
		{"total shrank", 100, 50, 90, false, false, 150, nil},
		{"many ahead", 0, 1, 1000, false, true, 1, []int{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}},
	}
	for _, tt := range tests {
		got := client.OffsetPage(client.Page[int, int]{}, tt.at, tt.n, tt.total, tt.last)
		if got.More != tt.more || got.Next != tt.next || !slices.Equal(got.Ahead, tt.ahead) {
			t.Errorf("%s: more %v, next %d, ahead %v", tt.name, got.More, got.Next, got.Ahead)
		}
	}
}

func TestCappedPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		at, n, size int
		more        bool
		next        int
	}{
		{0, 50, 50, true, 50},
		{0, 3, 50, true, 50}, // filtered, not the end
		{50, 0, 50, false, 100},
		{0, 10, 0, true, 50},
		{950, 50, 50, false, 1000},
		{900, 200, 200, false, 1100},
	} {
		if got := client.CappedPage(client.Page[int, int]{}, tt.at, tt.n, tt.size); got.More != tt.more || got.Next != tt.next {
			t.Errorf("%+v: more %v, next %d", tt, got.More, got.Next)
		}
	}
}

func TestCursorPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n          int
		cursor     string
		more, want bool
	}{
		{10, "c", true, true}, {10, "c", false, false}, {0, "c", true, false}, {10, "", true, false},
	} {
		got := client.CursorPage(client.Page[int, string]{}, tt.n, tt.cursor, tt.more)
		if got.More != tt.want || got.Next != tt.cursor {
			t.Errorf("%+v: more %v, next %q", tt, got.More, got.Next)
		}
	}
}

func TestTokenPage(t *testing.T) {
	t.Parallel()
	for token, more := range map[string]bool{"t1": true, "": false} {
		if got := client.TokenPage(client.Page[int, string]{}, token); got.More != more || got.Next != token {
			t.Errorf("%q: more %v, next %q", token, got.More, got.Next)
		}
	}
}

func TestLinkPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		link string
		more bool
		next int64
	}{
		{"https://acme.example/rest/api/3/worklog/updated?expand=x&since=1438013693136", true, 1438013693136},
		{"https://evil.example/?since=5", true, 5}, // nothing is sent there
		{"/worklog/updated?since=5", false, 5},
		{"/worklog/updated?since=0", true, 0},
		// A list that goes on nobody knows where stays at its place, and Iterate reports that it stalls.
		{"", true, 3},
		{"/worklog/updated", true, 3},
		{"/worklog/updated?since=abc", true, 3},
		{"https://%zz/?since=5", true, 3},
		{"", false, 3},
	} {
		got := client.LinkPage(client.Page[int, int64]{}, 3, tt.link, "since", tt.more)
		if got.More != tt.more || got.Next != tt.next {
			t.Errorf("%s: more %v, next %d", tt.link, got.More, got.Next)
		}
	}
}

func TestSectionPage(t *testing.T) {
	t.Parallel()
	at := client.Section{Offset: 50, Size: 50}
	for _, tt := range []struct {
		link string
		more bool
		next client.Section
	}{
		{"/v1/integrations/12fa/actions?offset=100&size=50", true, client.Section{Offset: 100, Size: 50}},
		{"/v1/integrations?size=20&offset=70&name=x", true, client.Section{Offset: 70, Size: 20}}, // the server's own size
		{"https://evil.example/?offset=60&size=5", true, client.Section{Offset: 60, Size: 5}},     // nothing is sent there
		{"/v1/integrations?offset=100", true, client.Section{Offset: 100, Size: 50}},
		{"/v1/integrations?offset=100&size=-1", true, client.Section{Offset: 100, Size: 50}},
		{"", false, at},
		// A list that does not go on stays at its place, and Iterate reports that it stalls.
		{"/v1/integrations?offset=50&size=10", true, at},
		{"/v1/integrations?offset=0&size=50", true, at},
		{"/v1/integrations?offset=x&size=10", true, at},
		{"/v1/integrations", true, at},
		{"https://%zz/?offset=100", true, at},
	} {
		got := client.SectionPage(client.Page[int, client.Section]{}, at, 1, tt.link)
		if got.More != tt.more || got.Next != tt.next {
			t.Errorf("%s: more %v, next %+v", tt.link, got.More, got.Next)
		}
	}
}

// A list that is filtered after it was cut has pages without an item. Ten in a row are none.
func TestEmptySections(t *testing.T) {
	t.Parallel()
	read := func(items func(page int) int) (n int, err error) {
		page := 0
		list := client.Iterate(t.Context(), newClient(t, http.DefaultTransport), "Things.List", client.Section{}, func(_ context.Context, at client.Section) (client.Page[int, client.Section], error) {
			here := make([]int, items(page))
			page++
			p := client.Page[int, client.Section]{Items: client.Slice(here)}
			link := fmt.Sprintf("/things?offset=%d&size=1", at.Offset+1)
			if page == 40 {
				link = ""
			}
			return client.SectionPage(p, at, len(here), link), nil
		})
		for _, failed := range list {
			if err = failed; err == nil {
				n++
			}
		}
		return n, err
	}
	if n, err := read(func(page int) int { return page / 10 }); n != 0 || !errors.Is(err, client.ErrPagingStalled) {
		t.Errorf("%d items, %v", n, err)
	}
	if n, err := read(func(page int) int { return (page + 1) % 10 / 9 }); n != 4 || err != nil {
		t.Errorf("nine empty pages between two: %d items, %v", n, err)
	}
}
