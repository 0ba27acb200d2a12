package jira

import (
	"errors"
	"strings"
	"unsafe"
)

// Issues hold issues: a parent, subtasks, the other ends of links. encoding/json would call back for each of them and scan
// what is inside once more at each level, which a hostile document turns into minutes. They are read here in one pass.

// maxNested bounds issues within issues. Jira nests one level; what is deeper is kept as received.
const maxNested = 8

var errNested = errors.New("issues are nested too deep")

// decodeNested takes a value that holds issues.
func decodeNested[T any](d *decoder, dst *T, read func(*decoder, *T) error) error {
	if d.null() {
		return nil
	}
	start := d.mark()
	if d.nested == maxNested {
		d.skip()
		return errNested
	}
	d.nested++
	var value T
	err := read(d, &value)
	d.nested--
	if err != nil && !d.failed {
		d.back(start)
		d.skip()
		value = *new(T)
	}
	*dst = value
	return err
}

func readIssue(d *decoder, dst **Issue) error {
	d.charge(unsafe.Sizeof(Issue{}))
	*dst = new(Issue)
	return (*dst).decode(d)
}

func readIssues(d *decoder, dst *[]Issue) error {
	if d.token() != '[' {
		return errors.New("a list of issues is a JSON array")
	}
	*dst = []Issue{}
	for range d.elements {
		if d.charge(2 * unsafe.Sizeof(Issue{})); d.failed {
			break
		}
		*dst = append(*dst, Issue{})
		if err := (&(*dst)[len(*dst)-1]).decode(d); err != nil {
			return err
		}
	}
	return nil
}

func readLinks(d *decoder, dst *[]IssueLink) error {
	if d.token() != '[' {
		return errors.New("a list of links is a JSON array")
	}
	*dst = []IssueLink{}
	for range d.elements {
		if d.charge(2 * unsafe.Sizeof(IssueLink{})); d.failed {
			break
		}
		*dst = append(*dst, IssueLink{})
		if d.null() {
			continue
		}
		if d.token() != '{' {
			return errors.New("a link is a JSON object")
		}
		link := &(*dst)[len(*dst)-1]
		for name := range d.members {
			if err := link.decodeProperty(name, d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *IssueLink) decodeProperty(name string, d *decoder) error {
	switch is := func(property string) bool { return strings.EqualFold(name, property) }; { // as encoding/json does
	case is("id"):
		return decodeID(&d.scanner, &l.ID)
	case is("self"):
		return decodeText(&d.scanner, &l.Self)
	case is("type"):
		return decodeAny(&d.scanner, &l.Type)
	case is("inwardIssue"):
		return decodeNested(d, &l.InwardIssue, readIssue)
	case is("outwardIssue"):
		return decodeNested(d, &l.OutwardIssue, readIssue)
	}
	d.skip()
	return nil
}
