package qmetrytest

import "strings"

// Operations returns the operations that the server knows, as in "GET /rest/admin/project/getinfo".
func (s *Server) Operations() []string {
	names := s.routes().Routes()
	for i, name := range names {
		names[i] = strings.Replace(name, "{listtype}", "list{type}", 1)
	}
	return names
}
