package jsmopstest_test

import (
	"encoding/json"
	"testing"

	"github.com/jira-integrations/go-sdk/internal/fake/faketest"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

// Every method of a Server that is nil, zero or closed can be called, and those of another one while requests come in. An
// option may be nil, or there twice.
func TestServerUsedWrongly(t *testing.T) {
	t.Parallel()
	made := func() *jsmopstest.Server {
		return newServer(t, nil, jsmopstest.WithEnabledTold(), jsmopstest.WithEnabledTold(), jsmopstest.WithoutListener())
	}
	snapshot, err := made().Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	get := faketest.Get(t, "https://any.example"+v1+"/in", "Authorization", "Bearer "+jsmopstest.OAuthToken)
	faketest.Misuse(t, made, nil, get, "in", snapshot, jsmops.Integration{Name: "New"}, jsmops.Action{Name: "New"})
}

// A value that no JSON can hold is refused, and the server goes on.
func TestValueThatIsNoJSON(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	bad := jsmops.Values{"half": json.RawMessage("{")}
	if _, err := srv.AddAction("in", jsmops.Action{Name: "New", FieldMappings: bad}); err == nil {
		t.Error("an action with half a value was taken")
	}
	func() {
		defer func() {
			if text, ok := recover().(string); !ok || text == "" {
				t.Errorf("the panic is no sentence: %v", text)
			}
		}()
		srv.AddIntegration(jsmops.Integration{Name: "New", TypeSpecificProperties: bad})
	}()
	if n := len(srv.Actions("in")); n != 1 || len(srv.Integrations()) != 2 {
		t.Errorf("%d actions, %v", n, srv.Integrations())
	}
}
