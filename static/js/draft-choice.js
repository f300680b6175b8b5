// Offers the draft that was written elsewhere while another one was typed here.
// <draft-choice role="status"><p hidden>… <button type="button" data-choose="theirs"></button><button type="button" data-choose="mine"></button></p></draft-choice>
// inside the composer's form. Listens there for draft-elsewhere {content, at}, without detail where it is settled; says draft-chosen {content, at, mine}.
class DraftChoice extends HTMLElement {
  #form; #offer = null;

  connectedCallback() {
    this.#form = this.closest("form");
    this.#form.addEventListener("draft-elsewhere", this.#offered);
    this.addEventListener("click", this.#chosen);
  }

  disconnectedCallback() {
    this.#form.removeEventListener("draft-elsewhere", this.#offered);
    this.removeEventListener("click", this.#chosen);
  }

  #offered = ({ detail }) => {
    this.#offer = detail;
    this.firstElementChild.hidden = !detail;
  };

  #chosen = ({ target }) => {
    const choice = target.closest("[data-choose]")?.dataset.choose;
    if (!choice || !this.#offer) return;
    const detail = { ...this.#offer, mine: choice === "mine" };
    this.#offered({ detail: null });
    this.#form.elements.content.focus({ preventScroll: true });
    this.#form.dispatchEvent(new CustomEvent("draft-chosen", { detail }));
  };
}
customElements.define("draft-choice", DraftChoice);
