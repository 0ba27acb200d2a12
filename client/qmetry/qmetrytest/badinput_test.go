package qmetrytest_test

import (
	"testing"

	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/client/qmetry/qmetrytest"
	"github.com/jira-integrations/go-sdk/internal/fake/faketest"
)

// Every method of a Server that is nil, zero or closed can be called, and those of another one while requests come in. An
// option may be nil, or there twice.
func TestServerUsedWrongly(t *testing.T) {
	t.Parallel()
	made := func() *qmetrytest.Server {
		return qmetrytest.NewServer(nil, qmetrytest.WithoutListener(), qmetrytest.WithoutListener())
	}
	get := faketest.Get(t, "https://qmetry.invalid"+info, "apikey", qmetrytest.APIKey, "project", "SHOP")
	faketest.Misuse(t, made, nil, get, 1, qmetry.Instance{InstanceType: "Jira"}, qmetrytest.Project{ID: 7, Key: "OPS"})
}
