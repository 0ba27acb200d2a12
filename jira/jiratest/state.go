package jiratest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// doc is a JSON object.
type doc = map[string]any

// timeLayout is how Jira writes moments. All are kept in UTC, so they sort as text.
const timeLayout = "2006-01-02T15:04:05.000-0700"

// dateLayout is how Jira writes days.
const dateLayout = "2006-01-02"

func stamp(t time.Time) string { return t.UTC().Format(timeLayout) }

// state is everything a site knows; it is also the snapshot. Things refer to each other by id, and URLs are added on
// the way out, so that a snapshot can move to a server with another address.
type state struct {
	Seq            map[string]int64    `json:"seq"` // the last id given, by kind
	Myself         string              `json:"myself"`
	Users          []*user             `json:"users"`
	Roles          []*ref              `json:"roles"`
	Types          []*issueType        `json:"issueTypes"`
	Statuses       []*status           `json:"statuses"`
	Transitions    []*transition       `json:"transitions"`
	Priorities     []*ref              `json:"priorities"`
	Resolutions    []*ref              `json:"resolutions"`
	LinkTypes      []*linkType         `json:"linkTypes"`
	Groups         []*ref              `json:"groups,omitempty"`
	GroupMembers   map[string][]string `json:"groupMembers,omitempty"` // account ids by group id
	Sprints        []*sprint           `json:"sprints,omitempty"`
	Fields         []*field            `json:"fields"`
	Projects       []*project          `json:"projects"`
	Issues         []*issue            `json:"issues"` // in the order of their ids
	Tasks          []*task             `json:"tasks,omitempty"`
	GoneWorklogs   []pastWorklog       `json:"goneWorklogs,omitempty"`
	Links          []*link             `json:"links"`
	Attachments    []*attachment       `json:"attachments"`
	Webhooks       []*webhook          `json:"webhooks,omitempty"`
	FailedWebhooks []*failedWebhook    `json:"failedWebhooks,omitempty"`

	Precomputations []*precomputation `json:"precomputations,omitempty"`
	Redactions      []*redactionJob   `json:"redactions,omitempty"`

	// Derived by index. The last three are nil when they must be built anew.
	byKey    map[string]*issue
	byID     map[string]*issue
	labelled map[string]map[string]*issue // by label and id: see label
	below    map[string][]*issue          // children by the parent's id
	links    map[string][]*link           // by the ids of both ends, oldest first
	attached map[string][]*attachment     // by the issue's id, oldest first
}

// ref is a thing with an id and a name, which is all that many things have.
type ref struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Color       string `json:"color,omitempty"`
	Date        string `json:"date,omitempty"`
	Lead        string `json:"lead,omitempty"`
	Closed      bool   `json:"closed,omitempty"`
	Children    []*ref `json:"children,omitempty"` // of an option, in a cascading field
}

type user struct {
	ID     string `json:"accountId"`
	Name   string `json:"displayName"`
	Email  string `json:"emailAddress,omitempty"`
	Type   string `json:"accountType"`
	Active bool   `json:"active"`
}

type issueType struct {
	ref

	Level int `json:"level"` // -1 sub-task, 0 standard, 1 epic
}

type status struct {
	ref

	Category string `json:"category"` // new, indeterminate, done
}

type transition struct {
	ref

	To       string   `json:"to"`
	Required []string `json:"required,omitempty"` // ids of the fields that its screen asks for
}

type linkType struct {
	ref

	Inward  string `json:"inward"`
	Outward string `json:"outward"`
}

type project struct {
	ref

	Key        string              `json:"key"`
	Types      []string            `json:"types"`
	Components []*ref              `json:"components,omitempty"`
	Versions   []*ref              `json:"versions,omitempty"`
	Members    map[string][]string `json:"members,omitempty"` // account ids by role id
	Last       int64               `json:"last"`              // the last issue number given
}

type issue struct {
	ID          string         `json:"id"`
	Key         string         `json:"key"`
	Number      int64          `json:"number"`
	OldKeys     []string       `json:"oldKeys,omitempty"` // before it was moved; they still find it
	Fields      doc            `json:"fields"`            // as stored: references are ids
	Comments    []*remark      `json:"comments,omitempty"`
	Worklogs    []*worklog     `json:"worklogs,omitempty"`
	RemoteLinks []*remoteLink  `json:"remoteLinks,omitempty"`
	History     []*change      `json:"history,omitempty"`
	Watchers    []string       `json:"watchers,omitempty"`
	Voters      []string       `json:"voters,omitempty"`
	Properties  map[string]any `json:"properties,omitempty"`
	Notified    []doc          `json:"notified,omitempty"`
	Archived    doc            `json:"archived,omitempty"` // by whom and when
	Past        []past         `json:"past,omitempty"`     // what search may still show, oldest first
}

type remark struct {
	ID         string `json:"id"`
	Author     string `json:"author"`
	Editor     string `json:"editor"`
	Body       any    `json:"body"`
	Created    string `json:"created"`
	Updated    string `json:"updated"`
	Visibility doc    `json:"visibility,omitempty"`
	Internal   bool   `json:"internal,omitempty"`
	Properties []any  `json:"properties,omitempty"`
}

type worklog struct {
	remark

	Started string `json:"started"`
	Seconds int64  `json:"seconds"`
}

type remoteLink struct {
	ID  int64 `json:"id"`
	Doc doc   `json:"doc"`
}

type change struct {
	ID      string `json:"id"`
	Author  string `json:"author"`
	Created string `json:"created"`
	Items   []doc  `json:"items"`
}

type link struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Inward  string `json:"inward"`  // the issue that the link comes from: it shows the other as outwardIssue
	Outward string `json:"outward"` // the issue that the link goes to
}

type attachment struct {
	ID      string `json:"id"`
	Issue   string `json:"issue"`
	Name    string `json:"name"`
	Type    string `json:"type"`
	Author  string `json:"author"`
	Created string `json:"created"`
	Media   string `json:"media"`
	Data    []byte `json:"data"`
}

// next gives the next id of a kind.
func (st *state) next(kind string) string {
	if st.Seq[kind] == 0 {
		st.Seq[kind] = 9999
	}
	st.Seq[kind]++
	return strconv.FormatInt(st.Seq[kind], 10)
}

// index rebuilds what is derived.
func (st *state) index() {
	st.byKey, st.byID, st.labelled = map[string]*issue{}, map[string]*issue{}, map[string]map[string]*issue{}
	st.below, st.links, st.attached = nil, nil, nil
	for _, is := range st.Issues {
		st.byKey[is.Key], st.byID[is.ID] = is, is
		for _, key := range is.OldKeys {
			st.byKey[key] = is
		}
		st.label(is, is.Fields)
		for _, p := range is.Past {
			st.label(is, p.Fields)
		}
	}
}

// check reports whether a state can be worked with: what everything else relies on must be there.
func (st *state) check() error {
	if st.Seq == nil || st.user(st.Myself) == nil || len(st.Statuses) == 0 || len(st.Resolutions) == 0 {
		return errors.New("not a snapshot of a site")
	}
	for _, p := range st.Projects {
		for _, id := range p.Types {
			if st.issueType(id) == nil {
				return fmt.Errorf("project %s has the unknown issue type %s", p.Key, id)
			}
		}
	}
	for _, t := range st.Transitions {
		if st.status(t.To) == nil {
			return fmt.Errorf("transition %s leads to the unknown status %s", t.Name, t.To)
		}
	}
	for _, is := range st.Issues {
		f := is.Fields
		if st.project(text(f["project"])) == nil || st.issueType(text(f["issuetype"])) == nil || st.status(text(f["status"])) == nil {
			return fmt.Errorf("issue %s has an unknown project, type or status", is.Key)
		}
	}
	return nil
}

// nobody is the site as one sees it who is not signed in: without content.
func (st *state) nobody() *state {
	seen := *st
	seen.Projects, seen.Issues, seen.Links, seen.Attachments, seen.Users = nil, nil, nil, nil, nil
	seen.Groups, seen.Myself = nil, ""
	seen.index()
	return &seen
}

// issue finds an issue by id or key; nil if there is none.
func (st *state) issue(idOrKey string) *issue {
	if is := st.byID[idOrKey]; is != nil {
		return is
	}
	return st.byKey[strings.ToUpper(idOrKey)]
}

// project finds a project by id or key; nil if there is none.
func (st *state) project(idOrKey string) *project {
	for _, p := range st.Projects {
		if p.ID == idOrKey || strings.EqualFold(p.Key, idOrKey) {
			return p
		}
	}
	return nil
}

func (st *state) projectOf(is *issue) *project { return st.project(text(is.Fields["project"])) }

func (st *state) user(id string) *user {
	for _, u := range st.Users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

func (st *state) field(id string) *field {
	for _, f := range st.Fields {
		if f.ID == id {
			return f
		}
	}
	return nil
}

func (st *state) status(id string) *status {
	for _, s := range st.Statuses {
		if s.ID == id {
			return s
		}
	}
	return nil
}

func (st *state) issueType(id string) *issueType {
	for _, t := range st.Types {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// byRef finds a thing by its id.
func byRef(refs []*ref, id string) *ref {
	for _, r := range refs {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// children returns the issues whose parent is another one, oldest first.
func (st *state) children(is *issue) []*issue {
	if st.below == nil {
		st.below = map[string][]*issue{}
		for _, other := range st.Issues {
			st.adopt(other)
		}
	}
	return st.below[is.ID]
}

// adopt files an issue under its parent, if it has one.
func (st *state) adopt(is *issue) {
	if parent := text(is.Fields["parent"]); parent != "" && st.below != nil {
		st.below[parent] = append(st.below[parent], is)
	}
}

// linksOf returns the links of an issue, oldest first.
func (st *state) linksOf(id string) []*link {
	if st.links == nil {
		st.links = map[string][]*link{}
		for _, l := range st.Links {
			st.tie(l)
		}
	}
	return st.links[id]
}

// tie files a link under both its ends.
func (st *state) tie(l *link) {
	if st.links != nil {
		st.links[l.Inward] = append(st.links[l.Inward], l)
		st.links[l.Outward] = append(st.links[l.Outward], l)
	}
}

// attachmentsOf returns the attachments of an issue, oldest first.
func (st *state) attachmentsOf(id string) []*attachment {
	if st.attached == nil {
		st.attached = map[string][]*attachment{}
		for _, a := range st.Attachments {
			st.attached[a.Issue] = append(st.attached[a.Issue], a)
		}
	}
	return st.attached[id]
}

// subtasks returns the children of an issue that are sub-tasks.
func (st *state) subtasks(is *issue) []*issue {
	var subtasks []*issue
	for _, other := range st.children(is) {
		if t := st.issueType(text(other.Fields["issuetype"])); t != nil && t.Level < 0 {
			subtasks = append(subtasks, other)
		}
	}
	return subtasks
}

// text is v if it is a string, else "".
func text(v any) string {
	s, _ := v.(string)
	return s
}

// list is v if it is an array, else nil.
func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// number is the value of a JSON number, 0 if v is none.
func number(v any) float64 {
	switch n := v.(type) {
	case json.Number:
		f, _ := n.Float64()
		return f
	case float64:
		return n
	case int64:
		return float64(n)
	case int:
		return float64(n)
	}
	return 0
}
