// Says while a preview or a file is on its way, and closes its dialog once the file is there; a refused one stays open. A
// preview that does not come is said in its place, and a field whose note says what is wrong is marked.
// <export-form data-failed="sentence" data-stopped="sentence"><form hx-post="…"><input aria-describedby="n"><p id="n" data-note>…
// <section id="export-preview" hx-get="…"></section><p id="export-told">…<p id="export-refused">…</form>
// <template><button data-retry></template></export-form>
// Says stop-download on body when it goes while a file is being made; hears file-ended {sentence} from <file-downloads>.
class ExportForm extends HTMLElement {
  #making = false; #refused = false;

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    this.addEventListener("htmx:beforeRequest", this.#asked);
    this.addEventListener("htmx:afterRequest", this.#answered);
    this.addEventListener("htmx:confirm", this.#confirm);
    this.addEventListener("htmx:afterSettle", this.#settled);
    for (const name of ["sendError", "responseError", "timeout"]) this.addEventListener(`htmx:${name}`, this.#lost);
    document.body.addEventListener("file-ended", this.#ended);
  }

  disconnectedCallback() {
    document.body.removeEventListener("file-ended", this.#ended);
    if (!this.#making) return;
    document.body.dispatchEvent(new CustomEvent("stop-download"));
    document.body.dispatchEvent(new CustomEvent("show-toast", { detail: { text: this.dataset.stopped } }));
  }

  get #preview() { return this.querySelector("#export-preview"); }
  get #go() { return this.querySelector(".export__go"); }

  // Closing is the dialog's; nothing is sent.
  #clicked = (event) => {
    if (event.target.closest("[data-retry]")) this.#retry();
    if (!event.target.closest("[data-cancel]")) return;
    event.preventDefault();
    this.closest("dialog")?.close();
  };

  #retry() {
    this.querySelector("[name=format]:checked").focus();
    this.querySelector("form").dispatchEvent(new Event("input"));
  }

  // Pressed twice it is exported once.
  #confirm = (event) => { if (event.target.matches("form") && this.#go.getAttribute("aria-busy") === "true") event.preventDefault(); };

  #asked = ({ target }) => {
    if (target === this.#preview) target.setAttribute("aria-busy", "true");
    else this.#busy(true);
  };

  #answered = ({ target, detail: { xhr } }) => {
    if (target === this.#preview) { target.removeAttribute("aria-busy"); return; }
    this.#making = xhr.status === 202;
    this.#refused = xhr.status === 422;
    if (!this.#making) this.#busy(false);
    if (!xhr.status) this.#refuse(this.dataset.failed);
  };

  // What stood there is of another choice.
  #lost = ({ target }) => {
    if (target !== this.#preview) return;
    target.replaceChildren(this.querySelector("template").content.cloneNode(true));
    this.querySelector("#export-told").textContent = "";
  };

  #settled = () => {
    for (const note of this.querySelectorAll("[data-note]")) {
      const field = this.querySelector(`[aria-describedby="${note.id}"]`);
      if (note.matches(".export__help--bad")) field?.setAttribute("aria-invalid", "true");
      else field?.removeAttribute("aria-invalid");
    }
    if (this.#refused) this.querySelector("[aria-invalid]")?.focus();
    this.#refused = false;
  };

  #ended = (event) => {
    if (!this.#making) return;
    event.preventDefault();
    this.#making = false;
    this.#busy(false);
    const { sentence } = event.detail;
    if (sentence === undefined) this.closest("dialog")?.close();
    else this.#refuse(sentence || this.dataset.failed);
  };

  #busy(on) {
    if (!on) { this.#go.removeAttribute("aria-busy"); return; }
    this.#go.setAttribute("aria-busy", "true");
    this.#refuse("");
  }

  #refuse(sentence) { this.querySelector("#export-refused").textContent = sentence; }
}
customElements.define("export-form", ExportForm);
