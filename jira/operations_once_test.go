package jira_test

import (
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// TestOperationsOnce calls what is made of several operations; their own tests say more.
func TestOperationsOnce(t *testing.T) {
	t.Parallel()
	exerciseOnce((&exercised{seen: map[string]bool{}}).area(t))
}

func exerciseOnce(a *area) {
	ctx := a.Context()
	input := jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "Cart total is wrong"}
	created := must(a.Issues.CreateOnce(ctx, "shop/cart", input))(a)
	updated := must(a.Issues.FileOrUpdate(ctx, "shop/cart", input, adf.Text("Failed again.")))(a)
	a.equal("created", []bool{created.Created, updated.Created}, []bool{true, false})
	a.equal("the issue", updated.Key, created.Key)
	a.equal("the comment", a.read(created.Key).Fields.Comments.Comments[0].Body.Text(), "Failed again.")
	found := must(items(a.Issues.Search(ctx, `labels = "`+jira.OnceLabel("shop/cart")+`"`, nil)))(a)
	a.equal("by its key", must(a.Issues.FindOnce(ctx, "shop/cart"))(a).Fields.Summary, input.Summary)
	_, err := a.Issues.FindOnce(ctx, "shop/other")
	a.fails(err, client.ErrNotFound, "Issues.FindOnce")
	_, err = a.Issues.FindOnce(ctx, "")
	a.fails(err, client.ErrInvalid, "Issues.FindOnce")
	a.equal("by its label", names(found, func(i *jira.Issue) string { return i.Key }), []string{created.Key})
}
