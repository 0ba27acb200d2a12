package jiratest

import "net/http"

// createMany makes up to 50 issues. It answers 201 when one of them came to be.
func (c *call) createMany() (any, error) {
	inputs, ok := c.object()["issueUpdates"].([]any)
	switch {
	case !ok || len(inputs) == 0:
		return nil, fail(http.StatusBadRequest, "jiratest: issueUpdates must be an array with 1 entry or more")
	case len(inputs) > 50:
		return nil, fail(http.StatusBadRequest, "The number of issues to create must not exceed 50.")
	}
	issues, failures := []any{}, []any{}
	for i, v := range inputs {
		body, _ := v.(doc)
		is, err := c.create(body)
		if err != nil {
			answer := errorReply(err)
			d := answer.body.(doc)
			d["status"] = answer.status
			failures = append(failures, doc{"status": answer.status, "elementErrors": d, "failedElementNumber": i})
			continue
		}
		issues = append(issues, doc{"id": is.ID, "key": is.Key, "self": c.url("/issue/%s", is.ID)})
	}
	status := http.StatusCreated
	if len(issues) == 0 {
		status = http.StatusBadRequest
	}
	return reply{status: status, body: doc{"issues": issues, "errors": failures}}, nil
}
