/* Search, the menu of small screens, light and dark; no network. */
(function () {
'use strict';
var root = document.documentElement;
var q = document.getElementById('q'), hits = document.getElementById('hits');
var all = [], shown = [], at = -1;

function add(id, name, about, kind, row) {
	all.push({ id: id, name: name, about: about || '', kind: kind, row: row,
		text: (name + '\n' + (about || '')).toLowerCase() });
}

document.querySelectorAll('[data-find]').forEach(function (s) {
	var kind = s.querySelector(':scope > h3 > .kind');
	add(s.id, s.dataset.find, s.dataset.about,
	    kind ? kind.textContent : '');
	s.querySelectorAll(':scope > .cols > tbody > tr').forEach(function (r) {
		var title = r.querySelector('.about > b');
		add(s.id, s.dataset.find + '.' +
		    r.querySelector('th code').textContent,
		    title ? title.textContent : '', 'column', r);
	});
});

/* Names count more than words, and beginnings more than middles. */
function rank(e, word) {
	var name = e.name.toLowerCase(), i = name.indexOf(word);
	if (name === word)
		return 0;
	if (i === 0 || (i > 0 && name[i - 1] === '.'))
		return e.kind === 'column' ? 2 : 1;
	return i > 0 ? 3 : 4;
}

function marked(to, text, word) {
	var i = text.toLowerCase().indexOf(word), m;
	if (i < 0 || word === '') {
		to.append(text);
		return;
	}
	m = document.createElement('mark');
	m.textContent = text.slice(i, i + word.length);
	to.append(text.slice(0, i), m, text.slice(i + word.length));
}

function pick(n) {
	if (at >= 0 && shown[at])
		shown[at].classList.remove('on');
	at = shown.length ? (n + shown.length) % shown.length : -1;
	if (at >= 0) {
		shown[at].classList.add('on');
		shown[at].scrollIntoView({ block: 'nearest' });
	}
}

/* A column has no fragment of its own: lead there, and mark it. */
function show(row) {
	document.querySelectorAll('.found').forEach(function (r) {
		r.classList.remove('found');
	});
	row.classList.add('found');
	row.scrollIntoView({ block: 'center' });
}

function close() {
	hits.hidden = true;
	at = -1;
}

function search() {
	var words = q.value.toLowerCase().split(/\s+/).filter(Boolean), found;
	hits.textContent = '';
	shown = [];
	at = -1;
	if (!words.length) {
		close();
		return;
	}
	found = all.filter(function (e) {
		return words.every(function (w) {
			return e.text.indexOf(w) >= 0;
		});
	});
	found.sort(function (a, b) {
		return rank(a, words[0]) - rank(b, words[0]);
	});
	found.slice(0, 40).forEach(function (e) {
		var a = document.createElement('a');
		var dim = document.createElement('span');
		a.href = '#' + e.id;
		marked(a, e.name, words[0]);
		dim.className = 'dim';
		dim.textContent = '  ' + e.kind + (e.about ? ', ' : '');
		if (e.about)
			marked(dim, e.about, words[0]);
		a.append(dim);
		a.addEventListener('click', function () {
			close();
			if (e.row)
				setTimeout(show, 0, e.row);
		});
		hits.append(a);
		shown.push(a);
	});
	if (!found.length || found.length > 40) {
		var p = document.createElement('p');
		p.textContent = found.length ? (found.length - 40) +
		    ' more' : 'Nothing is called that';
		hits.append(p);
	}
	hits.hidden = false;
	pick(0);
}

q.addEventListener('input', search);
q.addEventListener('focus', search);
q.addEventListener('keydown', function (e) {
	if (e.key === 'ArrowDown')
		pick(at + 1);
	else if (e.key === 'ArrowUp')
		pick(at - 1);
	else if (e.key === 'Enter' && at >= 0) {
		shown[at].click();
		q.blur();
	} else if (e.key === 'Escape') {
		close();
		q.blur();
	} else
		return;
	e.preventDefault();
});
document.addEventListener('keydown', function (e) {
	if (e.key === '/' && !/INPUT|TEXTAREA/.test(e.target.tagName)) {
		e.preventDefault();
		q.focus();
	}
});
document.addEventListener('click', function (e) {
	if (!hits.contains(e.target) && e.target !== q)
		close();
});

document.getElementById('menu').addEventListener('click', function () {
	document.body.classList.toggle('menu');
});
document.getElementById('theme').addEventListener('click', function () {
	var dark = root.dataset.theme ? root.dataset.theme === 'dark' :
	    matchMedia('(prefers-color-scheme: dark)').matches;
	root.dataset.theme = dark ? 'light' : 'dark';
});

/* A fragment may lead into a fold; the menu shows where one is. */
function here() {
	var id = decodeURIComponent(location.hash.slice(1));
	var to = id ? document.getElementById(id) : null, link;
	document.body.classList.remove('menu');
	document.querySelectorAll('nav a.here').forEach(function (a) {
		a.classList.remove('here');
	});
	if (!to)
		return;
	for (var d = to; d; d = d.parentElement)
		if (d.tagName === 'DETAILS')
			d.open = true;
	link = document.querySelector('nav a[href="#' + CSS.escape(id) + '"]');
	if (link) {
		link.classList.add('here');
		if (link.parentElement.tagName === 'DETAILS')
			link.parentElement.open = true;
	}
	to.scrollIntoView();
}
window.addEventListener('hashchange', here);
here();
}());
