// Says while a preview or a file is on its way, and closes its dialog once the file is there; a refused one stays open.
// <export-form data-failed="sentence"><form hx-post="…"><section id="export-preview" hx-get="…"></section><p id="export-refused">…</form></export-form>
// Says stop-download on body when it goes while a file is being made; hears file-ended {sentence} from <file-downloads>.
class ExportForm extends HTMLElement {
  #making = false;

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    this.addEventListener("htmx:beforeRequest", this.#asked);
    this.addEventListener("htmx:afterRequest", this.#answered);
    this.addEventListener("htmx:confirm", this.#confirm);
    document.body.addEventListener("file-ended", this.#ended);
  }

  disconnectedCallback() {
    document.body.removeEventListener("file-ended", this.#ended);
    if (this.#making) document.body.dispatchEvent(new CustomEvent("stop-download"));
  }

  get #preview() { return this.querySelector("#export-preview"); }
  get #go() { return this.querySelector(".export__go"); }

  // Closing is the dialog's; nothing is sent.
  #clicked = (event) => {
    if (!event.target.closest("[data-cancel]")) return;
    event.preventDefault();
    this.closest("dialog")?.close();
  };

  // Pressed twice it is exported once.
  #confirm = (event) => { if (event.target.matches("form") && this.#go.getAttribute("aria-busy") === "true") event.preventDefault(); };

  #asked = ({ target }) => {
    if (target === this.#preview) target.setAttribute("aria-busy", "true");
    else this.#busy(true);
  };

  #answered = ({ target, detail: { xhr } }) => {
    if (target === this.#preview) { target.removeAttribute("aria-busy"); return; }
    this.#making = xhr.status === 202;
    if (!this.#making) this.#busy(false);
    if (!xhr.status) this.#refuse(this.dataset.failed);
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
