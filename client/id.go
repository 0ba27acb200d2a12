package client

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// ID is an identifier that an API sends as a string in one answer and as a number in another. It is written as a string.
type ID string

// UnmarshalJSON reads a string, a number or null, which is no ID. A number keeps all its digits.
func (id *ID) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	switch {
	case string(b) == "null":
		*id = ""
		return nil
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, (*string)(id))
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("an id is a string or a number, not %.40s", b)
	}
	*id = ID(n)
	return nil
}
