package client_test

import (
	"bytes"
	"errors"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"

	"github.com/jira-integrations/go-sdk/client"
)

// picky is an AnswerWriter that takes only what is whole.
type picky struct {
	bytes.Buffer

	status int
	kind   string
}

var errPart = errors.New("only a part")

func (p *picky) Answer(status int, header http.Header) error {
	p.status, p.kind = status, header.Get("Content-Type")
	if status == http.StatusPartialContent {
		return errPart
	}
	return nil
}

func TestAnswerWriter(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]error{http.StatusOK: nil, http.StatusPartialContent: errPart, http.StatusNotFound: client.ErrNotFound} {
		mock := httpmock.NewMockTransport()
		mock.RegisterNoResponder(httpmock.NewStringResponder(status, "text").HeaderSet(http.Header{"Content-Type": {"text/plain"}}))
		c, err := client.New("https://acme.example", client.Bearer("t"), client.WithTransport(mock))
		if err != nil {
			t.Fatal(err)
		}
		var out picky
		err = c.Do(t.Context(), client.NewRequest("Files.Get", http.MethodGet, "/file"), &out)
		if !errors.Is(err, want) || want == nil && (err != nil || out.String() != "text" || out.kind != "text/plain") || want != nil && out.Len() > 0 {
			t.Errorf("%d: %v after %q", status, err, out.String())
		}
		if asked := out.status != 0; asked != (status < 300) {
			t.Errorf("%d: Answer was called with %d", status, out.status)
		}
	}
}
