package jsmops_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

// A site may be named in three ways. The cloud id is asked for once, and only where it is not known.
func TestNew(t *testing.T) {
	t.Parallel()
	const api = "https://api.atlassian.com/jsm/ops/api/" + jsmopstest.CloudID
	for site, base := range map[string]string{
		jsmopstest.CloudID:                     api,
		strings.ToUpper(jsmopstest.CloudID):    strings.ReplaceAll(api, jsmopstest.CloudID, strings.ToUpper(jsmopstest.CloudID)),
		api:                                    api,
		api + "/":                              api,
		"https://proxy.example/x" + api[25:]:   "https://proxy.example/x" + api[25:],
		"https://acme.atlassian.net":           api,
		"https://acme.atlassian.net/":          api,
		"http://127.0.0.1:1" + jsmopstest.Base: "http://127.0.0.1:1" + jsmopstest.Base,
	} {
		n := &network{answers: []answer{{200, `{"values":[]}`}}}
		asks := strings.Contains(site, "acme")
		if asks {
			n.answers = append([]answer{{200, `{"cloudId":"` + jsmopstest.CloudID + `"}`}}, n.answers...)
		}
		ops, err := jsmops.New(site, account(), client.WithTransport(n.transport()))
		if err != nil {
			t.Errorf("%s: %v", site, err)
			continue
		}
		for range 2 {
			if got := all(t, ops.Integrations.List(t.Context(), nil)); len(got) != 0 {
				t.Errorf("%s: %v", site, got)
			}
		}
		want := []sent{{"GET", base + "/v1/integrations", ""}, {"GET", base + "/v1/integrations", ""}}
		if asks {
			want = append([]sent{{"GET", "https://acme.atlassian.net/_edge/tenant_info", ""}}, want...)
		}
		if !slices.Equal(n.seen, want) {
			t.Errorf("%s: sent %q, want %q", site, n.seen, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for site, want := range map[string]string{
		"": "base URL", "acme": "base URL", "https://%zz": "base URL", "http://acme.atlassian.net": "plain http",
		"https://api.atlassian.com":                               "address of the API is https://api.atlassian.com/jsm/ops/api/{cloudId}",
		"https://API.atlassian.com/ex/jira/" + jsmopstest.CloudID: "address of the API is",
		"https://api.atlassian.com/jsm/ops/api/acme":              "address of the API is",
	} {
		ops, err := jsmops.New(site, account())
		if ops != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", site, err, want)
		}
	}
	if _, err := jsmops.New(jsmopstest.CloudID, nil); err == nil {
		t.Error("no credential is accepted")
	}
}

// An endpoint that is not described gets the same base URL, credential and errors.
func TestDo(t *testing.T) {
	t.Parallel()
	_, ops, id := newServer(t)
	var got struct{ Name string }
	r := client.NewRequest("Bare.Get", http.MethodGet, "/v1/integrations/{id}", id)
	if err := ops.Do(t.Context(), r, &got); err != nil || got.Name != "CI" {
		t.Errorf("%+v, %v", got, err)
	}
	fails(t, ops.Do(t.Context(), client.NewRequest("Bare.Get", http.MethodGet, "/v1/teams"), &got), client.ErrNotFound, "Bare.Get")
}

func TestClientKeepsTheCredential(t *testing.T) {
	t.Parallel()
	ops := connect(t, http.DefaultTransport, account())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, *ops); strings.Contains(text, jsmopstest.Token) {
			t.Errorf("%s shows the credential: %s", verb, text)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	if got := string(jsmops.Text("{{message}} \"x\"\n")); got != `"{{message}} \"x\"\n"` {
		t.Error(got)
	}
	for want, v := range map[string]any{`["a","b"]`: []string{"a", "b"}, "true": true, `{"id":"7"}`: map[string]string{"id": "7"}, "null": nil} {
		if got := string(jsmops.JSON(v)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
