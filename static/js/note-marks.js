// Words that have a note are marked in their message, and words that are selected there offer to get one.
// <note-marks><button class="note-button" hidden>Note</button></note-marks> once a page; an article tells its notes by
// <data value="ID" data-quote="words" data-at="120">, a note in the panel its own by <a data-note="ID">.
// Listens for marks-opened {message}; tells show-marks {url, message} and quote-chosen {message, quote, at}. Without the Highlight API notes are only listed.
class NoteMarks extends HTMLElement {
  #button; #ranges = new WeakMap();

  connectedCallback() {
    this.#button = this.querySelector("button");
    this.#button.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#button.addEventListener("click", () => this.#chosen());
    this.#listen("addEventListener");
    this.#mark();
  }

  disconnectedCallback() { this.#listen("removeEventListener"); }

  #listen(how) {
    document[how]("selectionchange", this.#selected);
    document[how]("click", this.#clicked);
    document[how]("scroll", this.#selected, true);
    document.body[how]("frame-applied", this.#mark);
    document.body[how]("htmx:afterSettle", this.#mark);
    document.body[how]("marks-opened", this.#opened);
  }

  // The text a quote is counted in: of the body, without its buttons.
  #nodes(body) {
    const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT, (node) =>
      node.parentElement.closest("button, svg, textarea") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    const nodes = [];
    for (let at = 0; walker.nextNode(); at += walker.currentNode.length) nodes.push({ node: walker.currentNode, at });
    return nodes;
  }

  #range(note) {
    const body = note.closest("article").querySelector(".message__body");
    const nodes = this.#nodes(body);
    const text = nodes.map(({ node }) => node.data).join("");
    const { quote } = note.dataset;
    const told = Number(note.dataset.at || 0);
    // A message may have been edited since: then the nearest place that reads so.
    const start = [text.indexOf(quote, told), text.lastIndexOf(quote, told)].filter((at) => at >= 0).sort((a, b) => Math.abs(a - told) - Math.abs(b - told))[0];
    if (start === undefined) return null;
    const point = (place, last) => nodes.findLast(({ at }) => (last ? at < place : at <= place));
    const [from, to] = [point(start), point(start + quote.length, true)];
    return new StaticRange({ startContainer: from.node, startOffset: start - from.at, endContainer: to.node, endOffset: start + quote.length - to.at });
  }

  #mark = () => {
    if (!globalThis.CSS?.highlights) return;
    const ranges = [...document.querySelectorAll("#messages data[data-quote]")].map((note) => this.#known(note)).filter(Boolean);
    if (ranges.length || CSS.highlights.get("note")?.size) CSS.highlights.set("note", new Highlight(...ranges));
  };

  // Every frame asks; an article that was not replaced has its place already.
  #known(note) {
    if (!this.#ranges.get(note)?.startContainer.isConnected) this.#ranges.set(note, this.#range(note));
    return this.#ranges.get(note);
  }

  // What is selected inside one message, or nothing.
  get #selection() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    const body = [range.startContainer, range.endContainer].map((node) => (node.nodeType === 1 ? node : node.parentElement)?.closest("#messages .message__body"));
    const link = body[0] && body[0] === body[1] ? body[0].closest("article").querySelector("a[data-marks]") : null;
    return link && { range, body: body[0], link, message: link.closest("article").id.replace("message-", "") };
  }

  #selected = () => requestAnimationFrame(() => {
    const found = this.#selection;
    const at = found && ([...found.range.getClientRects()].at(-1) ?? found.range.getBoundingClientRect());
    this.#button.hidden = !at || at.bottom < 0 || at.top > innerHeight;
    if (!at) return;
    this.#button.style.setProperty("--top", `${Math.min(at.bottom + 6, innerHeight - 48)}px`);
    this.#button.style.setProperty("--left", `${Math.max(8, Math.min(at.right - 24, innerWidth - 96))}px`);
  });

  #hide = () => { this.#button.hidden = true; };

  #chosen() {
    const found = this.#selection;
    if (found) document.body.dispatchEvent(new CustomEvent("show-marks", { detail: { url: found.link.href, message: found.message } }));
  }

  #opened = ({ detail: { message } }) => {
    const found = this.#selection;
    if (found?.message !== message) return;
    const text = this.#nodes(found.body).map(({ node, at }) => ({ at, inside: this.#inside(node, found.range) })).filter(({ inside }) => inside);
    const quote = text.map(({ inside }) => inside.text).join("");
    if (!quote.trim()) return;
    const at = text[0].at + text[0].inside.from + quote.length - quote.trimStart().length;
    this.#hide();
    document.body.dispatchEvent(new CustomEvent("quote-chosen", { detail: { message, quote: quote.trim().slice(0, 1000), at } }));
  };

  #inside(node, range) {
    if (!range.intersectsNode(node)) return null;
    const from = node === range.startContainer ? range.startOffset : 0;
    const text = node.data.slice(from, node === range.endContainer ? range.endOffset : undefined);
    return text && { from, text };
  }

  #clicked = (event) => {
    const link = event.target.closest?.("#marks-panel [data-note]");
    const note = link && document.querySelector(`#messages data[value="${CSS.escape(link.dataset.note)}"]`);
    const range = note && this.#range(note);
    if (!range) return;
    event.preventDefault();
    const place = range.startContainer.parentElement;
    for (let fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    place.scrollIntoView({ block: "center" });
  };
}
customElements.define("note-marks", NoteMarks);
