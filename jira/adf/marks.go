package adf

// Strong is bold text.
func Strong() Mark { return Mark{Type: MarkStrong} }

// Em is emphasized text, in italics.
func Em() Mark { return Mark{Type: MarkEm} }

// Strike is text struck through.
func Strike() Mark { return Mark{Type: MarkStrike} }

// Underline is underlined text.
func Underline() Mark { return Mark{Type: MarkUnderline} }

// Code is code within a line. It goes with a link and an annotation only.
func Code() Mark { return Mark{Type: MarkCode} }

// Link leads to an address.
func Link(href string) Mark { return markOf(MarkLink, "href", href) }

// Sub is subscript text.
func Sub() Mark { return markOf(MarkSubsup, "type", "sub") }

// Sup is superscript text.
func Sup() Mark { return markOf(MarkSubsup, "type", "sup") }

// TextColor colors the text: "#rrggbb".
func TextColor(hex string) Mark { return markOf(MarkTextColor, "color", hex) }

// BackgroundColor colors what is behind the text: "#rrggbb".
func BackgroundColor(hex string) Mark { return markOf(MarkBackgroundColor, "color", hex) }

// Annotation ties text to an inline comment.
func Annotation(id string) Mark {
	return markOf(MarkAnnotation, "id", id, "annotationType", "inlineComment")
}

// Alignment sets a paragraph or heading to the "center" or the "end" of the line.
func Alignment(to string) Mark { return markOf(MarkAlignment, "align", to) }

// Indentation moves a paragraph or heading in by 1 to 6 levels.
func Indentation(level int) Mark { return markOf(MarkIndentation, "level", level) }

// SmallFont is a paragraph in small letters.
func SmallFont() Mark { return markOf(MarkFontSize, "fontSize", "small") }

// Border frames media: 1 to 3 points, "#rrggbb" or "#rrggbbaa".
func Border(size int, hex string) Mark { return markOf(MarkBorder, "size", size, "color", hex) }

// Breakout makes a top-level block "wide" or "full-width".
func Breakout(mode string) Mark { return markOf(MarkBreakout, "mode", mode) }

// DataConsumer names the nodes that an extension takes its data from.
func DataConsumer(sources ...string) Mark {
	list := make([]any, len(sources))
	for i, s := range sources {
		list[i] = s
	}
	return markOf(MarkDataConsumer, "sources", list)
}

// Fragment names a table or an extension, so that others can refer to it.
func Fragment(localID, name string) Mark {
	return markOf(MarkFragment, "localId", localID, "name", name)
}

func markOf(t MarkType, attrs ...any) Mark { return Mark{Type: t, Attrs: pairs(attrs)} }

// pairs are attributes; nil values are left out.
func pairs(list []any) map[string]any {
	m := make(map[string]any, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		if list[i+1] != nil {
			m[list[i].(string)] = list[i+1]
		}
	}
	return m
}
