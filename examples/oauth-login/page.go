package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	style template.CSS

	layout = template.Must(template.New("page").Parse(pageText))
)

// page is what a person sees in the browser. It holds no secret, and whatever comes from elsewhere is escaped.
type page struct {
	Kind   string // success, failure or notice
	Title  string
	Text   string
	Detail string   // what a program said
	Scopes []string // that were granted
	Next   string   // what to do now
}

func loggedIn(scopes []string) *page {
	return &page{
		Kind: "success", Title: "You are logged in", Text: "The program may now use Jira for you. It keeps the login on this computer.",
		Scopes: scopes, Next: "Close this tab and go back to the program, which lists your sites and issues.",
	}
}

func failed(err error) *page {
	return &page{
		Kind: "failure", Title: "The login failed", Text: "You came back from the login, but the program did not get access.",
		Detail: err.Error(), Next: "Close this tab and run the program again. If that fails as well, compare the settings of the app with the message above.",
	}
}

var denied = &page{
	Kind: "failure", Title: "Access was not allowed", Text: "You chose not to let the program use Jira, so it got no access and has ended.",
	Next: "Close this tab. To allow access after all, run the program again.",
}

var otherLogin = &page{
	Kind: "notice", Title: "This is not the current login",
	Text: "The page may be left over from an earlier attempt, or come from a link that was not yours. It was turned away.",
	Next: "Close this tab. The program still waits for its own login: go on in the tab that it has opened, or open the address that it has printed.",
}

var notAnyMore = &page{
	Kind: "notice", Title: "The program no longer waits", Text: "It was ended, or waited for as long as it was told to.",
	Next: "Close this tab and run the program again.",
}

func nothingHere(callback *url.URL) *page {
	return &page{
		Kind: "notice", Title: "There is nothing here", Text: "This program only waits for a login to come back, at this address:", Detail: callback.String(),
		Next: "Close this tab. If the login has sent you here, make the callback URL that is registered for the app and the -redirect of the program the same.",
	}
}

// policy allows a page nothing but its own style and its own icon.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

func (p *page) write(w http.ResponseWriter, status int) {
	var b bytes.Buffer
	err := layout.Execute(&b, struct {
		*page
		Style template.CSS
	}{p, style})
	if err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address holds the code
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Connection", "close")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
