package currentstest

import "strings"

// Operations returns the operations that the server knows, as in "GET /runs/{runId}".
func (s *Server) Operations() []string {
	names := s.routes().Routes()
	for i, name := range names {
		names[i] = strings.Replace(name, " /v1/", " /", 1)
	}
	return names
}
