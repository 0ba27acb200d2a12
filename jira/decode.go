package jira

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// Issues are what programs read by the thousand, and encoding/json takes several passes over each when it keeps the fields
// that it does not know. This file and decode_types.go fill the generated types in one pass of a scanner instead. They hand
// whatever is unusual (an unknown property of a known type, a value of another kind, an escaped string) to encoding/json,
// so that both always agree. The strings of an issue are parts of one copy of its document.

// decoder reads documents one after the other.
type decoder struct {
	scanner
	kept   []rawField // of the fields that are being read, those to keep as received
	nested int        // how deep the issue that is being read lies in others
}

// read makes src the document to read, with what the ones before have left of the allowance.
func (d *decoder) read(src string) { d.scanner = scanner{src: src, left: d.left} }

// DecodeBody reads an issue. It is what client.Client.Do calls in place of encoding/json.
func (i *Issue) DecodeBody(body []byte, done func()) error {
	if len(body) <= largeBody {
		err := decodeDocument(body, i.decodeAnswer)
		if err == nil {
			done()
		}
		return err
	}
	if err := client.Fits(body, i, 0); err != nil {
		return err
	}
	d := decoder{scanner: scanner{src: borrow(validText(body)), left: reckoned}}
	if d.skip(); !d.end() { // before much is made of what is before the error
		return invalid(body)
	}
	err := d.document(d.src, i.decodeAnswer) // instead of done: the issue keeps the body, a copy is too large
	if err != nil {
		*i = Issue{}
	}
	return err
}

const (
	// largeBody is how much may be read without a look ahead: what it makes is small, even at its worst.
	largeBody = 2 << 20
	// reckoned is what is left where the values are known to fit.
	reckoned = math.MaxInt64
)

// decodeAnswer is decode where somebody asked for an issue: null is none, and neither is an object that names none.
func (i *Issue) decodeAnswer(d *decoder) error {
	if d.token() == 'n' {
		return errors.New("an issue is a JSON object, not null")
	}
	if err := i.decode(d); err != nil {
		return err
	}
	if i.ID == "" && i.Key == "" {
		return errors.New("an issue has an id and a key, this has neither")
	}
	return nil
}

// UnmarshalJSON reads an issue.
func (i *Issue) UnmarshalJSON(b []byte) error { return decodeDocument(b, i.decode) }

// decodeDocument reads all of b by decode, as a string of its own.
func decodeDocument(b []byte, decode func(*decoder) error) error {
	d := decoder{scanner: scanner{left: client.Allowance(len(b))}}
	return d.document(string(validText(b)), decode)
}

// document reads all of src by decode.
func (d *decoder) document(src string, decode func(*decoder) error) error {
	d.read(src)
	err := decode(d)
	if d.left < 0 {
		return client.TooMuch()
	}
	if !d.end() && (err == nil || d.failed) {
		return invalid(lend(src))
	}
	return err
}

// validText puts U+FFFD for each wrong byte, as encoding/json has it.
func validText(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	text := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		text = utf8.AppendRune(text, r)
		b = b[size:]
	}
	return text
}

// kindOf names what a value is. What is in it stays out of errors.
func kindOf(value string) string {
	if value == "" {
		return "nothing"
	}
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// invalid says where a document is wrong.
func invalid(b []byte) error {
	var v json.RawMessage
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	return errors.New("the answer is not JSON")
}

// decode takes an issue, or nothing at null.
func (i *Issue) decode(d *decoder) error {
	if d.null() {
		return nil
	}
	if d.token() != '{' {
		return fmt.Errorf("an issue is a JSON object, not %s", kindOf(d.skip()))
	}
	for name := range d.members {
		if err := i.decodeProperty(name, d); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (i *Issue) decodeProperty(name string, d *decoder) error {
	s := &d.scanner
	switch name {
	case "id":
		return decodeID(s, &i.ID)
	case "key":
		return decodeText(s, &i.Key)
	case "self":
		return decodeText(s, &i.Self)
	case "expand":
		return decodeText(s, &i.Expand)
	case "fields":
		return i.Fields.decode(d)
	case "names":
		return decodeAny(s, &i.Names)
	case "schema":
		return decodeAny(s, &i.Schema)
	case "properties":
		return decodeAny(s, &i.Properties)
	case "renderedFields":
		i.RenderedFields = json.RawMessage(s.skip())
	case "transitions":
		return decodeAny(s, &i.Transitions)
	case "operations":
		i.Operations = json.RawMessage(s.skip())
	case "editmeta":
		return decodeAny(s, &i.EditMeta)
	case "changelog":
		return decodeAny(s, &i.Changelog)
	case "versionedRepresentations":
		i.VersionedRepresentations = json.RawMessage(s.skip())
	case "fieldsToInclude":
		i.FieldsToInclude = json.RawMessage(s.skip())
	default:
		s.skip()
	}
	return nil
}

// decode takes the fields of an issue, or nothing at null.
func (f *Fields) decode(d *decoder) error {
	if d.null() {
		return nil
	}
	if d.token() != '{' {
		return fmt.Errorf("fields are a JSON object, not %s", kindOf(d.skip()))
	}
	if d.kept == nil {
		d.kept = make([]rawField, 0, 64)
	}
	before := len(d.kept) // the parent of an issue has fields, too
	for id := range d.members {
		// A system field of a shape that Jira does not document must not cost the whole page: it is kept as received.
		start := d.mark()
		if known, err := f.decodeSystem(id, d); !known || err != nil {
			d.kept = append(d.kept, rawField{id, d.since(start)})
			d.charge(2 * unsafe.Sizeof(rawField{})) // here and in the issue
		}
	}
	f.custom = append(f.custom, d.kept[before:]...)
	d.kept = d.kept[:before]
	return nil
}

// decodeSystem takes one field; known is false for one that is not Jira's own.
func (f *Fields) decodeSystem(id string, d *decoder) (known bool, err error) {
	s := &d.scanner
	switch id {
	case "summary":
		err = decodeText(s, &f.Summary)
	case "description":
		err = decodeDoc(s, &f.Description)
	case "environment":
		err = decodeDoc(s, &f.Environment)
	case "issuetype":
		err = decodeObject(s, &f.IssueType, scanIssueType)
	case "project":
		err = decodeObject(s, &f.Project, scanProject)
	case "status":
		err = decodeObject(s, &f.Status, scanStatus)
	case "priority":
		err = decodeObject(s, &f.Priority, scanPriority)
	case "resolution":
		err = decodeObject(s, &f.Resolution, scanResolution)
	case "assignee":
		err = decodeObject(s, &f.Assignee, scanUser)
	case "reporter":
		err = decodeObject(s, &f.Reporter, scanUser)
	case "creator":
		err = decodeObject(s, &f.Creator, scanUser)
	case "votes":
		err = decodeObject(s, &f.Votes, scanVotes)
	case "watches":
		err = decodeObject(s, &f.Watches, scanWatchers)
	case "progress":
		err = decodeObject(s, &f.Progress, scanProgress)
	case "aggregateprogress":
		err = decodeObject(s, &f.AggregateProgress, scanProgress)
	case "labels":
		err = decodeList(s, &f.Labels, (*scanner).text)
	case "created":
		err = decodeTime(s, &f.Created)
	case "updated":
		err = decodeTime(s, &f.Updated)
	case "resolutiondate":
		err = decodeTime(s, &f.ResolutionDate)
	case "lastViewed":
		err = decodeTime(s, &f.LastViewed)
	case "statuscategorychangedate":
		err = decodeTime(s, &f.StatusCategoryChangeDate)
	case "timespent":
		err = decodeInt(s, &f.TimeSpent)
	case "timeestimate":
		err = decodeInt(s, &f.TimeEstimate)
	case "timeoriginalestimate":
		err = decodeInt(s, &f.TimeOriginalEstimate)
	case "aggregatetimespent":
		err = decodeInt(s, &f.AggregateTimeSpent)
	case "aggregatetimeestimate":
		err = decodeInt(s, &f.AggregateTimeEstimate)
	case "aggregatetimeoriginalestimate":
		err = decodeInt(s, &f.AggregateTimeOriginalEstimate)
	case "workratio":
		err = decodeInt(s, &f.WorkRatio)
	case "issuerestriction":
		f.IssueRestriction = json.RawMessage(s.skip())
	default:
		return f.decodeRare(id, d)
	}
	return true, err
}

// decodeRare takes the system fields that most issues leave empty.
func (f *Fields) decodeRare(id string, d *decoder) (known bool, err error) {
	s := &d.scanner
	switch id {
	case "components":
		err = decodeList(s, &f.Components, scanComponent)
	case "versions":
		err = decodeList(s, &f.Versions, scanVersion)
	case "fixVersions":
		err = decodeList(s, &f.FixVersions, scanVersion)
	case "issuelinks":
		err = decodeNested(d, &f.IssueLinks, readLinks)
	case "subtasks":
		err = decodeNested(d, &f.Subtasks, readIssues)
	case "parent":
		err = decodeNested(d, &f.Parent, readIssue)
	case "attachment":
		err = decodeAny(s, &f.Attachments)
	case "comment":
		err = decodeAny(s, &f.Comments)
	case "worklog":
		err = decodeAny(s, &f.Worklogs)
	case "timetracking":
		err = decodeAny(s, &f.TimeTracking)
	case "duedate":
		err = decodeDate(s, &f.DueDate)
	case "security":
		err = decodeAny(s, &f.Security)
	default:
		s.skip()
		return false, nil
	}
	return true, err
}

// The functions below pass their value even when they return an error, unless the document is broken. What cannot be read
// as a whole is left empty.

func decodeText(s *scanner, dst *string) error { return decodeObject(s, dst, (*scanner).text) }

// decodeID takes a string or a number.
func decodeID(s *scanner, dst *string) error {
	return decodeObject(s, (*ID)(dst), func(s *scanner, id *ID) { s.text((*string)(id)) })
}

func decodeInt(s *scanner, dst *int64) error { return decodeObject(s, dst, integer) }

// decodeObject takes a value by scan, and by encoding/json where that meets something that it does not know.
func decodeObject[T any](s *scanner, dst *T, scan func(*scanner, *T)) error {
	start := s.mark()
	object(s, dst, scan)
	if !s.failed {
		return nil
	}
	s.back(start)
	return decodeAny(s, dst)
}

// decodeList takes an array, like decodeObject.
func decodeList[T any](s *scanner, dst *[]T, scan func(*scanner, *T)) error {
	start := s.mark()
	list(s, dst, scan)
	if !s.failed {
		return nil
	}
	s.back(start)
	return decodeAny(s, dst)
}

func decodeTime(s *scanner, dst *Time) error {
	start := s.mark()
	// A fraction is read without being in the layout, and then has to be digits.
	if t, ok := s.moment("2006-01-02T15:04:05-0700", len(timeLayout)); ok {
		dst.Time = t
		return nil
	}
	s.back(start)
	return decodeAny(s, dst)
}

func decodeDate(s *scanner, dst *Date) error {
	start := s.mark()
	if t, ok := s.moment(time.DateOnly, len(time.DateOnly)); ok {
		*dst = DateOf(t)
		return nil
	}
	s.back(start)
	return decodeAny(s, dst)
}

// moment takes a string of one layout and length.
func (s *scanner) moment(layout string, length int) (time.Time, bool) {
	if s.token() != '"' {
		return time.Time{}, false
	}
	text, plain := s.quoted()
	if !plain || len(text) != length+2 {
		return time.Time{}, false
	}
	t, err := time.Parse(layout, text[1:len(text)-1])
	return t, err == nil
}

func decodeDoc(s *scanner, dst **adf.Doc) (err error) {
	if s.null() {
		*dst = nil
		return nil
	}
	*dst, err = adf.Raw(s.skip())
	return err
}

// decodeAny takes a value by encoding/json, ids as numbers or strings, or nothing at null.
func decodeAny[T any](s *scanner, dst *T) error {
	if s.null() {
		return nil
	}
	text := s.skip()
	if s.failed || s.left < 0 {
		return nil // the end of the document tells
	}
	err := client.UnmarshalWithin(lend(text), dst, &s.left)
	if err != nil {
		var empty T
		*dst = empty
	}
	return err
}
