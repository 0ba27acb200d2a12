package jira_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

func TestNew(t *testing.T) {
	t.Parallel()
	jc := newClient(t, &recorder{})
	v := reflect.ValueOf(jc).Elem()
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && v.Field(i).IsNil() {
			t.Errorf("the service %s is nil", f.Name)
		}
	}
	auth := client.BasicAuth("a@b.example", "t")
	for name, err := range map[string]error{
		"no site":        second(jira.New("", auth)),
		"a name":         second(jira.New("acme", auth)),
		"plain http":     second(jira.New("http://acme.example", auth)),
		"a password":     second(jira.New("https://a:b@acme.example", auth)),
		"no auth":        second(jira.New(site, nil)),
		"a wrong option": second(jira.New(site, auth, client.WithTransport(nil))),
	} {
		if err == nil {
			t.Errorf("New takes %s", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestBrowseURL(t *testing.T) {
	t.Parallel()
	for _, base := range []string{site, site + "/"} {
		jc, err := jira.New(base, client.BasicAuth("a@b.example", "t"))
		if err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string]string{
			"WEB-7": site + "/browse/WEB-7", "../x?y#z": site + "/browse/..%2Fx%3Fy%23z",
		} {
			if got := jc.BrowseURL(key); got != want {
				t.Errorf("%q is at %s, want %s", key, got, want)
			}
		}
	}
}

// The gateway does not tell where the site is.
func TestBrowseURLOfTheGateway(t *testing.T) {
	t.Parallel()
	jc, err := jira.New("https://api.atlassian.com/ex/jira/11223344-a1b2-3b33-c444-def123456789", client.Bearer("t"))
	if err != nil {
		t.Fatal(err)
	}
	if got := jc.BrowseURL("WEB-7"); got != "" {
		t.Errorf("WEB-7 is at %s", got)
	}
}

func TestDo(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{
		{http.StatusServiceUnavailable, ``, http.Header{"Retry-After": {"0"}}},
		{http.StatusOK, `{"id":"10000","name":"mine"}`, nil},
		{http.StatusNotFound, `{"errorMessages":["The filter is gone."]}`, nil},
	}}
	jc := newClient(t, r)
	var filter struct{ ID, Name string }
	get := func() error {
		return jc.Do(t.Context(), client.NewRequest("Filters.Get", http.MethodGet, "/rest/api/3/filter/{id}", "10 0").Query("expand", "owner"), &filter)
	}
	if err := get(); err != nil || filter.Name != "mine" {
		t.Errorf("%+v, %v", filter, err)
	}
	if got := r.sent[1].URL.String(); got != site+"/rest/api/3/filter/10%200?expand=owner" {
		t.Errorf("sent to %s", got)
	}
	if email, token, ok := r.sent[1].BasicAuth(); email != "bot@acme.example" || token != "secret-token" || !ok {
		t.Errorf("signed as %q", email)
	}
	err := get()
	var e *client.Error
	if !errors.Is(err, client.ErrNotFound) || !errors.As(err, &e) || e.Op != "Filters.Get" || !strings.Contains(err.Error(), "The filter is gone.") {
		t.Errorf("the error is %v", err)
	}
}

func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answer{
		"401":                   {http.StatusUnauthorized, `Client must be authenticated to access this resource.`, nil},
		"401 in HTML":           {http.StatusUnauthorized, `<html><title>Unauthorized</title>`, http.Header{"Content-Type": {"text/html"}}},
		"answered to anonymous": {http.StatusOK, `{"issues":[],"isLast":true}`, http.Header{"X-Seraph-Loginreason": {"AUTHENTICATED_FAILED"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{answers: []answer{a}}
			jc := newClient(t, r)
			_, err := collect(t.Context(), jc, nil)
			if !errors.Is(err, client.ErrUnauthorized) || strings.Contains(err.Error(), "secret-token") || len(r.sent) != 1 {
				t.Errorf("search: %v after %d requests", err, len(r.sent))
			}
			if _, err := jc.Issues.Create(t.Context(), minimal()); !errors.Is(err, client.ErrUnauthorized) || len(r.sent) != 2 {
				t.Errorf("create: %v after %d requests", err, len(r.sent)-1)
			}
		})
	}
}

func TestCancelledBeforeTheCall(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := &recorder{}
	jc := newClient(t, r)
	_, searchErr := collect(ctx, jc, nil)
	_, createErr := jc.Issues.Create(ctx, minimal())
	for _, err := range []error{searchErr, createErr, second(jc.Issues.Get(ctx, "WEB-7", nil))} {
		if !errors.Is(err, context.Canceled) || errors.Is(err, client.ErrAmbiguous) {
			t.Errorf("the error is %v", err)
		}
	}
	if len(r.sent) > 0 {
		t.Errorf("%d requests were sent", len(r.sent))
	}
}
