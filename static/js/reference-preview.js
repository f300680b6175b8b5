// Says what a reference to a video refers to while the pointer or the focus is on it: its title and the words, fetched then, by
// the rights of whoever looks. Escape hides it.
// <reference-preview data-gone="…"><div role="tooltip" id="reference-preview" popover="manual"></div></reference-preview>
class ReferencePreview extends HTMLElement {
  #tip; #link = null; #timer = 0; #opened = null;

  connectedCallback() {
    this.#tip = this.querySelector("[role=tooltip]");
    if (!matchMedia("(hover: hover)").matches) return;
    document.addEventListener("pointerover", this.#over);
    document.addEventListener("focusin", this.#focused);
    document.addEventListener("keydown", this.#pressed, { capture: true });
    document.addEventListener("reference-opened", this.#left);
    document.addEventListener("reference-opened", this.#hide, { capture: true });
    document.addEventListener("focusout", this.#blurred);
    document.addEventListener("scroll", this.#moved, { capture: true });
  }

  disconnectedCallback() {
    document.removeEventListener("pointerover", this.#over);
    document.removeEventListener("focusin", this.#focused);
    document.removeEventListener("keydown", this.#pressed, { capture: true });
    document.removeEventListener("reference-opened", this.#left);
    document.removeEventListener("reference-opened", this.#hide, { capture: true });
    document.removeEventListener("focusout", this.#blurred);
    document.removeEventListener("scroll", this.#moved, { capture: true });
  }

  #keyOf(link) { return new URL(link.href).searchParams.get("passage"); }

  // The pointer may go on to what is shown.
  #over = ({ target }) => {
    if (target.closest?.("#reference-preview")) return clearTimeout(this.#timer);
    const link = target.closest?.('#log a[href^="/videos/"], #details a[href^="/videos/"]');
    if (link === this.#link && link) return clearTimeout(this.#timer);
    clearTimeout(this.#timer);
    if (link && this.#keyOf(link)) this.#timer = setTimeout(() => { if (link.matches(":hover")) this.#show(link); }, 350);
    else if (this.#link) this.#timer = setTimeout(this.#hide, 200);
  };

  #left = () => { this.#opened = document.activeElement; };

  // Nothing is said of the one whose dialog has just given the focus back.
  #focused = ({ target }) => {
    if (target.closest?.("dialog")) return;
    const back = target === this.#opened;
    this.#opened = null;
    if (back) return;
    if (target.matches?.(':is(#log, #details) a[href^="/videos/"]:focus-visible') && this.#keyOf(target)) this.#show(target);
  };

  #blurred = ({ target }) => { if (target === this.#link) this.#hide(); };

  // What is shown does not go along; what is not shown yet is placed when it is: the focus itself may scroll the page.
  #moved = () => { if (this.#tip.matches(":popover-open")) this.#hide(); };

  #pressed = (event) => {
    if (event.key !== "Escape" || !this.#link) return;
    event.stopPropagation();
    this.#hide();
  };

  async #show(link) {
    this.#hide();
    this.#link = link;
    let html = "";
    try {
      const answer = await fetch(`/videos/passages/${this.#keyOf(link)}/`, { headers: { "HX-Request": "true" } });
      if (answer.ok && !answer.redirected) html = await answer.text();
      else if (answer.status === 404) html = null;
    } catch { /* nothing to say yet */ }
    if (this.#link !== link || !link.isConnected || html === "") return;
    if (html === null) this.#tip.textContent = this.dataset.gone;
    else this.#tip.innerHTML = html;
    link.setAttribute("aria-describedby", this.#tip.id);
    this.#tip.showPopover();
    this.#place(link);
  }

  // Above the link where there is room, else below.
  #place(link) {
    const at = link.getBoundingClientRect(), { offsetWidth, offsetHeight, style } = this.#tip;
    const above = at.top - offsetHeight - 8;
    style.insetInlineStart = `${Math.max(8, Math.min(at.left, innerWidth - offsetWidth - 8))}px`;
    style.insetBlockStart = `${above > 8 ? above : at.bottom + 8}px`;
  }

  #hide = () => {
    clearTimeout(this.#timer);
    this.#link?.removeAttribute("aria-describedby");
    this.#link = null;
    if (this.#tip.matches(":popover-open")) this.#tip.hidePopover();
  };
}
customElements.define("reference-preview", ReferencePreview);
