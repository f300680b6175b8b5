// The figures of the page, kept new without a reload: fetched again when something of one's own changed, and with
// data-always every so many ms; at most once in data-every ms, and only while the page is looked at.
// <dashboard-live data-every="10000" data-always="30000"><div class="figures__parts" data-words="…">…</div></dashboard-live>
// Only what differs is replaced, by id. What was chosen, opened and scrolled stays, and the focus.
class DashboardLive extends HTMLElement {
  static SOON = 1000;
  static PLACES = "a, button, input, summary, [tabindex]";
  #shown = new Map(); #due = false; #asked = -Infinity; #timer; #beat; #left;

  connectedCallback() {
    this.#left = new AbortController();
    const { signal } = this.#left;
    document.body.addEventListener("sessions-changed", this.#aged, { signal });
    document.addEventListener("visibilitychange", this.#plan, { signal });
    for (const part of this.#parts(this)) this.#shown.set(part.id, part.outerHTML);
    if (this.dataset.always) this.#beat = setInterval(this.#aged, Number(this.dataset.always));
  }

  disconnectedCallback() {
    this.#left.abort();
    clearTimeout(this.#timer);
    clearInterval(this.#beat);
  }

  #parts(root) { return [...root.querySelectorAll("#strip > [id], #panels > [id], #nothing")]; }

  #aged = () => { this.#due = true; this.#plan(); };

  // A moment later: what ended a reply may tell of itself more than once.
  #plan = () => {
    clearTimeout(this.#timer);
    if (!this.#due || document.hidden) return;
    const wait = this.#asked + Number(this.dataset.every) - performance.now();
    this.#timer = setTimeout(() => this.#ask(), Math.max(DashboardLive.SOON, wait));
  };

  async #ask() {
    this.#due = false;
    this.#asked = performance.now();
    this.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(location.href, { headers: { "HX-Request": "true" }, cache: "no-store", signal: this.#left.signal });
      if (answer.ok && !answer.redirected) this.#take(await answer.text());
    } catch { /* not there, or the page is being left: the next event asks again */ }
    this.removeAttribute("aria-busy");
  }

  #take(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(".figures__parts");
    if (!fresh) return;
    document.getElementById("period-words").textContent = fresh.dataset.words;
    const [parts, before] = [this.#parts(fresh), this.#parts(this)];
    const texts = new Map(parts.map((part) => [part.id, part.outerHTML]));
    if (parts.map(({ id }) => id).join() === before.map(({ id }) => id).join()) {
      parts.forEach((part, at) => { if (texts.get(part.id) !== this.#shown.get(part.id)) this.#replace(before[at], part); });
    } else this.#replace(this.querySelector(".figures__parts"), fresh);
    this.#shown = texts;
  }

  #replace(old, fresh) {
    const chosen = [...old.querySelectorAll("input:checked")].map(({ name, value }) => `input[name="${name}"][value="${value}"]`);
    const opened = [...old.querySelectorAll("details")].map(({ open }) => open);
    const scrolled = [...old.querySelectorAll(".scroll-box")].map(({ scrollLeft, scrollTop }) => [scrollLeft, scrollTop]);
    const focused = [...old.querySelectorAll(DashboardLive.PLACES)].indexOf(document.activeElement);
    old.replaceWith(fresh);
    htmx.process(fresh);
    for (const input of chosen) Object.assign(fresh.querySelector(input) ?? {}, { checked: true });
    fresh.querySelectorAll("details").forEach((fold, at) => { fold.open = Boolean(opened[at]); });
    fresh.querySelectorAll(".scroll-box").forEach((box, at) => box.scrollTo(...(scrolled[at] ?? [0, 0])));
    if (focused >= 0) fresh.querySelectorAll(DashboardLive.PLACES)[focused]?.focus({ preventScroll: true });
  }
}
customElements.define("dashboard-live", DashboardLive);
