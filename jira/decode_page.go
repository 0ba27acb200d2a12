package jira

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/jira-integrations/go-sdk/client"
)

// searchPage is one page of a search, cut into issues but not decoded yet.
type searchPage struct {
	token  string
	last   bool
	names  map[string]string
	issues []string // parts of the body, valid until done
	done   func()
	left   int64 // of what the values of the page may take
}

const (
	maxPageIssues = 5000     // of the largest page that can be asked for
	largePage     = 32 << 20 // what the values of such a page may take: half of it are the issues alone
)

var _ client.BodyDecoder = (*searchPage)(nil)

// DecodeBody cuts the page. Its issues are decoded by decode, after the next page has been asked for.
func (p *searchPage) DecodeBody(body []byte, done func()) error {
	left := client.Allowance(len(body))
	if len(body) > largeBody {
		type page struct {
			Issues []*Issue
			Names  map[string]string
		}
		if err := client.Fits(body, &page{}, max(0, largePage-left)); err != nil {
			return err
		}
		left = reckoned
	}
	s := scanner{src: borrow(validText(body)), left: left}
	if s.token() != '{' {
		if s.skip(); !s.end() {
			return invalid(body)
		}
		return fmt.Errorf("a page of issues is a JSON object, not %s", kindOf(borrow(bytes.TrimSpace(body))))
	}
	var err error
	for name := range s.members {
		if err = p.decodeProperty(name, &s); err != nil {
			break
		}
	}
	if errors.Is(err, client.ErrTooLarge) {
		return err
	}
	if !s.end() && (err == nil || s.failed) {
		return invalid(body)
	}
	p.done = done
	p.left = s.left
	if err == nil && p.issues == nil {
		err = errors.New("the page has no list of issues")
	}
	return err
}

func (p *searchPage) decodeProperty(name string, s *scanner) error {
	switch name {
	case "nextPageToken":
		err := decodeText(s, &p.token)
		p.token = strings.Clone(p.token)
		return err
	case "isLast":
		p.last = s.skip() == "true"
	case "names":
		return decodeAny(s, &p.names)
	case "issues":
		if s.null() {
			return nil
		}
		if s.token() != '[' {
			return fmt.Errorf("issues are a JSON array, not %s", kindOf(s.skip()))
		}
		p.issues = make([]string, 0, 128)
		for range s.elements {
			if len(p.issues) == maxPageIssues {
				s.fail()
				return fmt.Errorf("%w: the page has more than %d issues, which Jira never sends", client.ErrTooLarge, maxPageIssues)
			}
			p.issues = append(p.issues, s.skip())
		}
	default:
		s.skip()
	}
	return nil
}

// decode makes the issues. Each holds one copy of its own document, so keeping one does not keep the page.
func (p *searchPage) decode() ([]*Issue, error) {
	if p.done == nil {
		return nil, errors.New("there was no page") // DecodeBody was not called
	}
	defer p.done()
	var d decoder
	d.left = p.left
	issues := make([]*Issue, len(p.issues))
	for n, src := range p.issues {
		issue := new(Issue)
		d.read(strings.Clone(src))
		d.charge(unsafe.Sizeof(*issue))
		err := issue.decodeAnswer(&d)
		if d.left < 0 {
			err = client.TooMuch()
		}
		if err != nil {
			return nil, fmt.Errorf("issue %d of the page: %w", n+1, err)
		}
		if issue.Names == nil {
			issue.Names = p.names
		}
		issues[n] = issue
	}
	return issues, nil
}

// lend is borrow the other way round: to what neither changes nor keeps the bytes, as encoding/json wants it of everybody.
func lend(s string) []byte {
	return unsafe.Slice(unsafe.StringData(s), len(s)) // #nosec G103 -- as above
}

// borrow reads b as a string without copying it. The caller keeps parts of it only as long as b stays as it is.
func borrow(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) // #nosec G103 -- a page is large and read once; parts that stay are cloned
}
