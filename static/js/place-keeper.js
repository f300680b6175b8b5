// Keeps the reader's place when messages are replaced: what was acted on, else the message at the top of the view, stays
// where it was, and the control that had the focus has it again.
// <place-keeper hidden></place-keeper> once a page. Says hold-place on body where the log must not follow its end.
const ACT = /\/messages\/([\w-]+)\/(switch|edit|delete)\/$|\/(restore|restore-context|clear-context)\//;

class PlaceKeeper extends HTMLElement {
  #kept = null; #act = null; #answered;

  connectedCallback() {
    document.addEventListener("htmx:configRequest", this.#asked);
    document.addEventListener("htmx:afterRequest", this.#done);
    document.addEventListener("htmx:oobBeforeSwap", this.#remember, { capture: true });
    document.addEventListener("frame-applied", this.#restore); // after the body's own listeners: they fold and unfold
    document.body.addEventListener("message-sending", this.#close);
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:configRequest", this.#asked);
    document.removeEventListener("htmx:afterRequest", this.#done);
    document.removeEventListener("htmx:oobBeforeSwap", this.#remember, { capture: true });
    document.removeEventListener("frame-applied", this.#restore);
    document.body.removeEventListener("message-sending", this.#close);
  }

  get #log() { return document.getElementById("log"); }
  get #room() { return document.querySelector(".log__room"); }

  // What asks anew is followed to its answer; everything else stays.
  #asked = ({ detail }) => {
    const [path, key] = (detail.verb === "post" && ACT.exec(detail.path)) || [];
    if (!path || detail.parameters.send === "1") return;
    const article = detail.elt.closest("article");
    clearTimeout(this.#answered);
    this.#act = { from: article?.id ?? `message-${key}`, to: `message-${key}` };
  };

  // The frame may come before the answer, or after it.
  #done = ({ detail }) => {
    if (!this.#act || detail.requestConfig.verb !== "post") return;
    clearTimeout(this.#answered);
    this.#answered = setTimeout(() => { this.#act = null; }, detail.successful ? 3000 : 0);
  };

  #remember = ({ target }) => {
    if (this.#kept || !target.matches("#messages, #messages > article")) return;
    const log = this.#log;
    const edge = log.getBoundingClientRect().top;
    const boxes = [...document.querySelectorAll("#messages > article")].map((article) => ({ id: article.id, box: article.getBoundingClientRect() }));
    const places = boxes.filter(({ box }) => box.height).map(({ id, box }) => ({ id, top: box.top - edge, far: box.bottom <= edge ? edge - box.top : Math.max(0, box.top - edge) }));
    const had = document.activeElement?.closest("[data-tool]");
    const focus = had && { id: had.closest("article")?.id, tool: had.dataset.tool };
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
    this.#kept = { places: places.sort((one, other) => one.far - other.far), focus, atEnd };
  };

  #restore = () => {
    const kept = this.#kept;
    if (!kept) return;
    this.#kept = null;
    const act = this.#act;
    if (act || !kept.atEnd) this.#hold(this.#anchor(kept.places, act), Boolean(act));
    this.#focus(kept.focus, act);
  };

  // What was acted on may be another version by now; where it is gone, what stood nearest.
  #anchor(places, act) {
    const acted = act && places.find(({ id }) => id === act.from);
    const near = acted ? [acted, ...[...places].sort((one, other) => Math.abs(one.top - acted.top) - Math.abs(other.top - acted.top))] : places;
    if (acted && document.getElementById(act.to)) return { id: act.to, top: acted.top };
    return near.find(({ id }) => document.getElementById(id));
  }

  #hold(anchor, acted) {
    if (!anchor) return;
    const log = this.#log;
    const moved = document.getElementById(anchor.id).getBoundingClientRect().top - log.getBoundingClientRect().top - anchor.top;
    const wanted = log.scrollTop + moved;
    // Where the log became too short to stand still, room is made below it.
    const list = document.getElementById("messages");
    const end = list.offsetTop + list.offsetHeight;
    this.#room.style.minBlockSize = `${Math.max(0, Math.ceil(wanted + log.clientHeight - end))}px`;
    log.scrollTop = wanted;
    if (acted && log.scrollHeight - log.scrollTop - log.clientHeight >= 24) document.body.dispatchEvent(new CustomEvent("hold-place"));
  }

  #close = () => { this.#room.style.minBlockSize = ""; };

  #focus(focus, act) {
    if (document.activeElement !== document.body && document.activeElement !== this.#log) return;
    const key = act?.from === focus?.id ? act?.to : focus?.id;
    const article = focus?.id && (document.getElementById(key) ?? document.getElementById(focus.id));
    const place = (article && article.querySelector(`[data-tool="${focus.tool}"]`)) ?? (act && this.#log);
    place?.focus({ preventScroll: true });
  }
}
customElements.define("place-keeper", PlaceKeeper);
