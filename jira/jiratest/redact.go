package jiratest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// redactionJob is a job that makes texts unreadable. Asked for its state it is pending, then in progress, and then it has
// done its work.
type redactionJob struct {
	ID      string      `json:"id"`
	Asked   int         `json:"asked"`
	Todo    []redaction `json:"todo"`
	Results []doc       `json:"results,omitempty"`
}

type redaction struct {
	ExternalID string `json:"externalId"`
	Reason     string `json:"reason"`
	Content    struct {
		ID         string `json:"id"`
		EntityType string `json:"entityType"`
		EntityID   string `json:"entityId"`
	} `json:"contentItem"`
	Position struct {
		Pointer  string `json:"adfPointer,omitempty"`
		Expected string `json:"expectedText"`
		From     int    `json:"from"`
		To       int    `json:"to"`
	} `json:"redactionPosition"`
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func (c *call) redact() (any, error) {
	var in struct {
		Redactions []redaction `json:"redactions"`
	}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	if len(in.Redactions) == 0 {
		return nil, fail(http.StatusBadRequest, "There are no redactions.")
	}
	for _, r := range in.Redactions {
		switch {
		case !uuidForm.MatchString(r.ExternalID):
			return nil, fail(http.StatusBadRequest, "The external ID '%s' is not a UUID.", r.ExternalID)
		case r.Reason == "":
			return nil, fail(http.StatusBadRequest, "The redaction '%s' has no reason.", r.ExternalID)
		case !slices.Contains([]string{"issuefieldvalue", "issue-comment", "issue-worklog"}, r.Content.EntityType):
			return nil, fail(http.StatusBadRequest, "The entity type '%s' is not supported.", r.Content.EntityType)
		case r.Content.ID == "" || r.Content.EntityID == "" || r.Position.Expected == "":
			return nil, fail(http.StatusBadRequest, "The redaction '%s' does not say which text it is about.", r.ExternalID)
		case r.Position.From < 0 || r.Position.To <= r.Position.From:
			return nil, fail(http.StatusBadRequest, "The redaction '%s' is about no text at all.", r.ExternalID)
		}
	}
	job := &redactionJob{ID: c.st.uuid("redaction"), Todo: in.Redactions}
	c.st.Redactions = append(c.st.Redactions, job)
	return reply{status: http.StatusAccepted, body: job.ID}, nil
}

func (c *call) getRedactionStatus() (any, error) {
	at := slices.IndexFunc(c.st.Redactions, func(job *redactionJob) bool { return job.ID == c.r.PathValue("jobId") })
	if at < 0 {
		return nil, fail(http.StatusNotFound, "The redaction job does not exist.")
	}
	job := c.st.Redactions[at]
	job.Asked++
	switch job.Asked {
	case 1:
		return doc{"jobStatus": "PENDING"}, nil
	case 2:
		return doc{"jobStatus": "IN_PROGRESS"}, nil
	}
	for _, r := range job.Todo {
		job.Results = append(job.Results, doc{"externalId": r.ExternalID, "successful": c.redactOne(r)})
	}
	job.Todo = nil
	return doc{"jobStatus": "COMPLETED", "bulkRedactionResponse": doc{"results": job.Results}}, nil
}

// redactOne reports whether the text was there and is gone now.
func (c *call) redactOne(r redaction) bool {
	is := c.st.byID[r.Content.ID]
	if is == nil {
		return false
	}
	switch r.Content.EntityType {
	case "issuefieldvalue":
		redacted, ok := r.of(is.Fields[r.Content.EntityID])
		if ok {
			c.remember(is, nil)
			is.Fields[r.Content.EntityID] = redacted
		}
		return ok
	case "issue-comment":
		for _, comment := range is.Comments {
			if comment.ID == r.Content.EntityID {
				return r.inRemark(comment)
			}
		}
	case "issue-worklog":
		for _, work := range is.Worklogs {
			if work.ID == r.Content.EntityID {
				return r.inRemark(&work.remark)
			}
		}
	}
	return false
}

func (r redaction) inRemark(about *remark) bool {
	redacted, ok := r.of(about.Body)
	if ok {
		about.Body = redacted
	}
	return ok
}

// of returns a copy of a text, plain or rich, without what is to be redacted.
func (r redaction) of(value any) (redacted any, ok bool) {
	if plain, isPlain := value.(string); isPlain && r.Position.Pointer == "" {
		return r.blacken(plain)
	}
	data, err := json.Marshal(value)
	var rich any
	if err != nil || r.Position.Pointer == "" || json.Unmarshal(data, &rich) != nil {
		return nil, false
	}
	path := strings.Split(strings.TrimPrefix(r.Position.Pointer, "/"), "/")
	at := rich
	for _, step := range path[:len(path)-1] {
		switch node := at.(type) {
		case doc:
			at = node[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(node) {
				return nil, false
			}
			at = node[i]
		default:
			return nil, false
		}
	}
	node, _ := at.(doc)
	last := path[len(path)-1]
	plain, isText := node[last].(string)
	if !isText {
		return nil, false
	}
	node[last], ok = r.blacken(plain)
	return rich, ok
}

// blacken covers the characters at the position if they are the expected ones.
func (r redaction) blacken(s string) (string, bool) {
	runes := []rune(s)
	from, to := r.Position.From, r.Position.To
	if to > len(runes) {
		return s, false
	}
	sum := sha256.Sum256([]byte(string(runes[from:to])))
	if base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(sum[:]))) != r.Position.Expected {
		return s, false
	}
	return string(runes[:from]) + strings.Repeat("█", to-from) + string(runes[to:]), true
}
