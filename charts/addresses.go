package charts

import (
	"math"
	"strings"

	"socketbook/charts/spec"
)

// AgainstAddresses draws how many connections to one server port can be told
// apart (y) against the number of client addresses (x). A curve is one number
// of ports per address: 28,232 is Linux's default range, 64,512 is
// 1024–65535; its y at x = 1 is that number. Both axes are logarithmic.
func AgainstAddresses(curves ...XYer) *Chart {
	return build("AgainstAddresses", func() (*Chart, error) {
		cs, err := read(curves)
		if err != nil {
			return nil, err
		}
		for i := range cs {
			oneAddress(&cs[i], len(cs) > 1)
		}
		million(&cs[0])
		p := plane(cs,
			spec.Axis{Label: "client addresses", Value: "{value} client addresses", LogBase: 10},
			spec.Axis{Label: "connections to one server port", LogBase: 10})
		p.Bands = deciders(cs[0])
		title, summary := sayAddresses(cs)
		return &Chart{fig: spec.Figure{
			Name: "against-addresses", Title: title, Summary: summary, Plane: p,
			Table: table(cs, "Client addresses", "Connections to one server port"),
		}}, nil
	})
}

// oneAddress marks what one client address can hold, in words only where the
// curve's name is drawn (of several curves) and does not say it. The rule of thumb "about 65,000 connections"
// means one of the two wider ranges: such a curve is told so.
func oneAddress(c *curve, named bool) {
	y, ok := c.yAt(1)
	if !ok {
		return
	}
	label := c.held(1) + " connections"
	if named && strings.Contains(c.name, c.held(1)) {
		label = ""
	}
	c.add(1, label)
	if y >= 64_000 && y <= 65_536 {
		c.tail = ": the “about\u00a065,000”"
	}
}

// need returns how many addresses the first million takes.
func need(c curve) (addresses float64, ok bool) {
	x, ok := c.xWhere(1e6)
	// Interpolation may land a hair above a whole address.
	return math.Ceil(x - 1e-6), ok
}

// million marks where the curve passes a million connections.
func million(c *curve) {
	if n, ok := need(*c); ok {
		c.add(n, "a million needs "+comma(int64(n))+" addresses")
	}
}

// sayAddresses states the finding of the first curve, and sums up all.
func sayAddresses(cs []curve) (title, summary string) {
	c := cs[0]
	a, z := c.at[0], c.at[len(c.at)-1]
	s := c.stretches()
	title = "Every client address adds connections, up to " + about(z[1])
	if a[1] == z[1] {
		title = "From one client address or from many: " + count(z[1]) + " connections to a server port"
		if len(s) > 0 {
			title += ", the limit is " + s[0].limit
		}
	} else if held := c.held(1); held != "" {
		title = "One client address stops at " + held + " connections to a server port"
		if n, ok := need(c); ok {
			title += "; a million needs " + comma(int64(n)) + " addresses"
		} else if len(s) > 1 {
			title += "; beyond " + c.change(1) + " addresses the limit is " + s[1].limit
		}
	}
	summary = "Connections to one server port against client addresses: "
	for i, c := range cs {
		if i > 0 {
			summary += "; "
		}
		if c.name != "" {
			summary += "with " + c.name + " "
		}
		a, z := c.at[0], c.at[len(c.at)-1]
		summary += number(a[1]) + " from " + plural(int64(a[0]), "address", "addresses") +
			", " + about(z[1]) + " from " + comma(int64(z[0]))
	}
	return title, summary + "." + sayTrends(cs, " addresses")
}
