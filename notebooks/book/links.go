package book

import (
	"fmt"
	"html"
	"net/url"
	"path"
	"slices"
	"strings"

	"socketbook/notebooks/internal/ipynb"
)

// Places say where a lesson can be opened to be run. Without them the book has
// no such links: none is better than one that is dead.
type Places struct {
	repo, hub *url.URL
}

// NewPlaces checks two addresses, which may be empty: of the project's Git
// repository, for Binder, and of a JupyterHub with nbgitpuller, which fetches
// the lessons from that repository.
func NewPlaces(repo, hub string) (Places, error) {
	var p Places
	if hub != "" && repo == "" {
		return p, fmt.Errorf("-hub %s: a JupyterHub fetches the lessons from a repository, so give -repo URL too", hub)
	}
	for _, x := range []struct {
		flag, given string
		to          **url.URL
	}{{"repo", repo, &p.repo}, {"hub", hub, &p.hub}} {
		if x.given == "" {
			continue
		}
		u, err := url.Parse(x.given)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" {
			return p, fmt.Errorf("-%s %q: want an address such as https://example.org/group/socketbook", x.flag, x.given)
		}
		u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), ".git")
		*x.to = u
	}
	if p.repo != nil && path.Base(p.repo.Path) == "." || p.repo != nil && p.repo.Path == "" {
		return p, fmt.Errorf("-repo %q names no repository: want an address such as https://example.org/group/socketbook", repo)
	}
	return p, nil
}

// binder is a lesson's address on mybinder.org, "" without a repository.
func (p Places) binder(doc string) string {
	if p.repo == nil {
		return ""
	}
	spec := "git/" + url.QueryEscape(p.repo.String())
	owner := strings.Trim(p.repo.Path, "/")
	if strings.Count(owner, "/") == 1 && p.repo.Host == "github.com" {
		spec = "gh/" + owner
	}
	return "https://mybinder.org/v2/" + spec + "/HEAD?urlpath=" + url.QueryEscape("lab/tree/notebooks/"+doc+".ipynb")
}

// jupyterhub is a lesson's address on the reader's JupyterHub, "" without one.
func (p Places) jupyterhub(doc string) string {
	if p.hub == nil {
		return ""
	}
	name := path.Base(p.repo.Path)
	return p.hub.String() + "/hub/user-redirect/git-pull?repo=" + url.QueryEscape(p.repo.String()) +
		"&urlpath=" + url.QueryEscape("lab/tree/"+name+"/notebooks/"+doc+".ipynb")
}

// lessonFile is where a lesson lies in the book as a notebook, without its
// outputs, to be taken away and run.
func lessonFile(doc string) string { return "_static/lessons/" + doc + ".ipynb" }

// addLinks puts below the title where the lesson can be had and opened.
func addLinks(nb *ipynb.Notebook, doc string, p Places) {
	type link struct{ to, text, more string }
	links := []link{{lessonFile(doc), "This lesson as a notebook", " download"}}
	if to := p.binder(doc); to != "" {
		links = append(links, link{to, "Run it in Binder", ""})
	}
	if to := p.jupyterhub(doc); to != "" {
		links = append(links, link{to, "Run it in JupyterHub", ""})
	}
	var parts []string
	for _, l := range links {
		parts = append(parts, fmt.Sprintf(`<a href="%s"%s>%s</a>`, html.EscapeString(l.to), l.more, l.text))
	}
	text := "```{raw} html\n<p class=\"lesson-links\">" + strings.Join(parts, " · ") + "</p>\n```\n"
	// Below the title, if the first cell is one and no more; otherwise after it.
	nb.Cells = slices.Insert(nb.Cells, min(1, len(nb.Cells)), &ipynb.Cell{Type: "markdown", ID: "lesson-links", Source: text})
}
