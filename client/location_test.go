package client_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
)

// pointed takes a redirect, or a body where there is none.
type pointed struct {
	location *url.URL
	body     string
	err      error
}

func (p *pointed) DecodeLocation(location *url.URL) error {
	p.location = location
	return p.err
}

func (p *pointed) DecodeBody(body []byte, done func()) error {
	defer done()
	p.body = string(body)
	return nil
}

// Where a write is redirected to is its answer, for those who ask for it, and nothing is sent there.
func TestLocation(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		for location, want := range map[string]string{
			"/rest/api/3/task/7":                   site + "/rest/api/3/task/7",
			site + "/rest/api/3/task/7":            site + "/rest/api/3/task/7",
			"https://evil.example/task/7?token=1":  "https://evil.example/task/7?token=1",
			"https://acme.example:8443/rest/task/": "https://acme.example:8443/rest/task/",
		} {
			n := replies(status(http.StatusSeeOther, "Location", location))
			c := newClient(t, n.transport())
			var out pointed
			if err := c.Do(t.Context(), client.NewRequest("Things.Do", method, "/things").JSON(1), &out); err != nil {
				t.Fatal(err)
			}
			if out.location.String() != want || c.Own(out.location) != strings.HasPrefix(want, site+"/") {
				t.Errorf("%s %s: %s, own %v", method, location, out.location, c.Own(out.location))
			}
			wantSent(t, n, 1)
		}
	}
}

func TestNoLocation(t *testing.T) {
	t.Parallel()
	wrong := errors.New("not a task")
	for _, tt := range []struct {
		name   string
		answer reply
		out    *pointed
		want   string
	}{
		{"missing", status(http.StatusSeeOther), &pointed{}, "no Location header"},
		{"unreadable", status(http.StatusSeeOther, "Location", "https://%zz/"), &pointed{}, "redirected to what is no address"},
		{"refused by the decoder", status(http.StatusSeeOther, "Location", "/x"), &pointed{err: wrong}, "not a task"},
		{"another status", status(http.StatusFound, "Location", "/x"), &pointed{}, "the redirect was not followed"},
	} {
		n := replies(tt.answer)
		err := newClient(t, n.transport()).Do(t.Context(), create(), tt.out)
		if e := wantError(t, err); !strings.Contains(e.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if tt.out.err != nil && !errors.Is(err, wrong) {
			t.Errorf("%s: %v does not wrap the decoder's error", tt.name, err)
		}
		wantSent(t, n, 1)
	}

	// A body is still a body.
	out := pointed{}
	if err := newClient(t, replies(reply{Status: http.StatusCreated, Body: `{"taskId":"7"}`}).transport()).Do(t.Context(), create(), &out); err != nil || out.body != `{"taskId":"7"}` {
		t.Errorf("%q, %v", out.body, err)
	}
}
