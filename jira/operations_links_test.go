package jira_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

func exerciseAttachments(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	settings := must(a.Attachments.Settings(ctx))(a)
	a.equal("settings", settings.Enabled && settings.UploadLimit > 1<<20, true)

	picture := bytes.Repeat([]byte("\x89PNG\x00\xff"), 50_000)
	path := filepath.Join(a.TempDir(), "cart.png")
	a.fine(os.WriteFile(path, picture, 0o600))
	files := must(a.Attachments.Upload(ctx, key, jira.UploadFile(path), jira.UploadReader(`a "trace" ü.txt`, strings.NewReader("9.00"))))(a)
	for i, want := range []struct {
		name string
		data []byte
	}{{"cart.png", picture}, {`a "trace" ü.txt`, []byte("9.00")}} {
		id := string(files[i].ID)
		got := must(a.Attachments.Get(ctx, id))(a)
		a.equal("uploaded", []any{got.ID, got.Filename, got.Size, got.Author.AccountID}, []any{files[i].ID, want.name, int64(len(want.data)), me})
		var b bytes.Buffer
		a.equal("size", must(a.Attachments.Download(ctx, id, &b))(a), int64(len(want.data)))
		if !bytes.Equal(b.Bytes(), want.data) {
			a.Errorf("%s came back with other contents", want.name)
		}
	}
	inIssue := func() []string {
		return names(a.read(key).Fields.Attachments, func(f jira.Attachment) string { return f.Filename })
	}
	a.equal("in the issue", inIssue(), []string{"cart.png", `a "trace" ü.txt`})

	id := string(files[0].ID)
	saved := must(a.Attachments.Save(ctx, &files[0], a.TempDir()))(a)
	if contents := must(os.ReadFile(saved))(a); !bytes.Equal(contents, picture) || filepath.Base(saved) != "cart.png" {
		a.Errorf("%s has other contents", saved)
	}
	a.fine(a.Attachments.Delete(ctx, id))
	_, err := a.Attachments.Get(ctx, id)
	a.gone(err, "Attachments.Get")
	n, err := a.Attachments.Download(ctx, id, &bytes.Buffer{})
	a.gone(err, "Attachments.Download")
	a.equal("bytes of what is gone", n, int64(0))
	a.gone(a.Attachments.Delete(ctx, id), "Attachments.Delete")
	a.equal("in the issue", inIssue(), []string{`a "trace" ü.txt`})
}

func exerciseLinks(a *area) {
	ctx := a.Context()
	from, to := a.bug("Cart"), a.bug("Coupon")
	a.fine(a.Links.Create(ctx, jira.IssueLinkInput{
		Type: jira.LinkType{Name: "Blocks"}, InwardIssue: jira.IssueRef{Key: from}, OutwardIssue: jira.IssueRef{Key: to},
		Comment: jira.CommentInput{Body: adf.Text("First this.")},
	}))
	links := a.read(from).Fields.IssueLinks
	if len(links) != 1 || links[0].OutwardIssue == nil || links[0].InwardIssue != nil {
		a.Fatalf("%s has the links %+v", from, links)
	}
	a.equal("from here", []string{links[0].Type.Outward, links[0].OutwardIssue.Key, links[0].OutwardIssue.Fields.Summary}, []string{"blocks", to, "Coupon"})
	back := a.read(to).Fields.IssueLinks
	if len(back) != 1 || back[0].InwardIssue == nil {
		a.Fatalf("%s has the links %+v", to, back)
	}
	a.equal("from there", []string{back[0].Type.Inward, back[0].InwardIssue.Key}, []string{"is blocked by", from})
	a.equal("the comment", a.read(from).Fields.Comments.Comments[0].Body.Text(), "First this.")

	link := must(a.Links.Get(ctx, links[0].ID))(a)
	a.equal("link", []string{link.Type.Name, link.InwardIssue.Key, link.OutwardIssue.Key}, []string{"Blocks", from, to})
	a.fine(a.Links.Delete(ctx, link.ID))
	_, err := a.Links.Get(ctx, link.ID)
	a.gone(err, "Links.Get")
	a.gone(a.Links.Delete(ctx, link.ID), "Links.Delete")
	for _, key := range []string{from, to} {
		a.equal("links", len(a.read(key).Fields.IssueLinks), 0)
	}
	err = a.Links.Create(ctx, jira.IssueLinkInput{
		Type: jira.LinkType{Name: "Hates"}, InwardIssue: jira.IssueRef{Key: from}, OutwardIssue: jira.IssueRef{Key: to},
	})
	a.gone(err, "Links.Create")
}

func exerciseLinkTypes(a *area) {
	ctx := a.Context()
	list := func() []string {
		return names(must(a.LinkTypes.List(ctx))(a), func(t jira.LinkType) string { return t.Name })
	}
	a.equal("types", list(), []string{"Blocks", "Cloners", "Duplicate", "Relates"})
	created := must(a.LinkTypes.Create(ctx, jira.LinkType{Name: "Causes", Inward: "is caused by", Outward: "causes"}))(a)
	a.equal("read", must(a.LinkTypes.Get(ctx, created.ID))(a), created)
	a.equal("types", list(), []string{"Blocks", "Cloners", "Duplicate", "Relates", "Causes"})

	from, to := a.bug("Cart"), a.bug("Coupon")
	a.fine(a.Links.Create(ctx, jira.IssueLinkInput{Type: jira.LinkType{ID: created.ID}, InwardIssue: jira.IssueRef{Key: from}, OutwardIssue: jira.IssueRef{Key: to}}))
	changed := must(a.LinkTypes.Update(ctx, created.ID, jira.LinkType{Outward: "leads to"}))(a)
	want := *created
	want.Outward = "leads to"
	a.equal("changed", *changed, want)
	a.equal("in the issue", a.read(from).Fields.IssueLinks[0].Type, want)

	a.fine(a.LinkTypes.Delete(ctx, created.ID))
	a.equal("links of the type", len(a.read(from).Fields.IssueLinks), 0)
	_, err := a.LinkTypes.Get(ctx, created.ID)
	a.gone(err, "LinkTypes.Get")
	_, err = a.LinkTypes.Update(ctx, created.ID, jira.LinkType{Name: "Again"})
	a.gone(err, "LinkTypes.Update")
	a.gone(a.LinkTypes.Delete(ctx, created.ID), "LinkTypes.Delete")
	_, err = a.LinkTypes.Create(ctx, jira.LinkType{Name: "Blocks", Inward: "i", Outward: "o"})
	a.fails(err, client.ErrInvalid, "LinkTypes.Create")
}

func exerciseRemoteLinks(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	run := jira.RemoteLinkInput{
		GlobalID: "ci=run 7&x", Relationship: "found by", Application: jira.RemoteApplication{Name: "CI", Type: "com.acme.ci"},
		Object: jira.RemoteObject{
			Title: "Run 7", URL: "https://ci.acme.example/runs/7", Summary: "2 failed", Icon: jira.Icon{Title: "CI"}, Status: jira.RemoteStatus{Resolved: true},
		},
	}
	first := must(a.RemoteLinks.Set(ctx, key, run))(a)
	got := must(a.RemoteLinks.Get(ctx, key, string(first.ID)))(a)
	a.equal("created", got, &jira.RemoteLink{
		ID: first.ID, Self: first.Self, GlobalID: run.GlobalID, Relationship: run.Relationship, Application: run.Application, Object: run.Object,
	})

	again := must(a.RemoteLinks.Set(ctx, key, jira.RemoteLinkInput{GlobalID: run.GlobalID, Object: jira.RemoteObject{Title: "Run 7b", URL: run.Object.URL}}))(a)
	a.equal("id of the replacement", again.ID, first.ID)
	a.equal("replaced", must(a.RemoteLinks.Get(ctx, key, string(first.ID)))(a).Relationship, "")
	docs := must(a.RemoteLinks.Set(ctx, key, jira.RemoteLinkInput{Object: jira.RemoteObject{Title: "Docs", URL: "https://docs.acme.example"}}))(a)
	titles := func() []string {
		return names(must(a.RemoteLinks.List(ctx, key))(a), func(l jira.RemoteLink) string { return l.Object.Title })
	}
	a.equal("links", titles(), []string{"Run 7b", "Docs"})

	a.fine(a.RemoteLinks.Update(ctx, key, string(docs.ID), jira.RemoteLinkInput{Object: jira.RemoteObject{Title: "Manual", URL: "https://docs.acme.example/m"}}))
	a.equal("changed", must(a.RemoteLinks.Get(ctx, key, string(docs.ID)))(a).Object, jira.RemoteObject{Title: "Manual", URL: "https://docs.acme.example/m"})

	a.fine(a.RemoteLinks.DeleteByGlobalID(ctx, key, run.GlobalID))
	a.gone(a.RemoteLinks.DeleteByGlobalID(ctx, key, run.GlobalID), "RemoteLinks.DeleteByGlobalID")
	a.equal("links", titles(), []string{"Manual"})
	a.fine(a.RemoteLinks.Delete(ctx, key, string(docs.ID)))
	_, err := a.RemoteLinks.Get(ctx, key, string(docs.ID))
	a.gone(err, "RemoteLinks.Get")
	a.gone(a.RemoteLinks.Update(ctx, key, string(docs.ID), run), "RemoteLinks.Update")
	a.gone(a.RemoteLinks.Delete(ctx, key, string(docs.ID)), "RemoteLinks.Delete")
	a.equal("links", len(titles()), 0)
	_, err = a.RemoteLinks.Set(ctx, key, jira.RemoteLinkInput{Object: jira.RemoteObject{Title: "No address"}})
	a.fails(err, client.ErrInvalid, "RemoteLinks.Set")
}
