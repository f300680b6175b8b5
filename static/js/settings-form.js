// Each setting is saved when it is changed: says so, keeps what was refused beside its sentence, and fetches the form
// again when another tab (or the model) made it another one.
// <settings-form data-saved="Saved" data-unsaved="Not saved"><span id="settings-state"></span><i id="settings-now" data-stamp="…"></i>
//   <form id="settings-fields" action="…" data-stamp="…">…</form></settings-form>
// Listens for settings-saved {stamp} (header of an answer) and frame-applied; says settings-changed on body, and settings-renewed once they
// were fetched.
class SettingsForm extends HTMLElement {
  #fetching = false; #changes = 0;

  connectedCallback() {
    this.addEventListener("settings-saved", (event) => this.#saved(event));
    this.addEventListener("htmx:afterRequest", (event) => this.#answered(event));
    this.addEventListener("htmx:beforeRequest", ({ detail }) => { this.#changes += detail.requestConfig.verb === "post"; });
    this.addEventListener("focusout", () => queueMicrotask(this.#look));
    document.body.addEventListener("frame-applied", this.#look);
  }

  disconnectedCallback() { document.body.removeEventListener("frame-applied", this.#look); }

  get #fields() { return this.querySelector("#settings-fields"); }

  #say(words, good) {
    const state = this.querySelector("#settings-state");
    state.textContent = words;
    state.classList.toggle("settings-state--bad", !good);
  }

  #note(field) { return document.getElementById(field.getAttribute("aria-describedby")?.split(" ").at(-1) ?? ""); }

  #saved({ target, detail }) {
    this.#fields.dataset.stamp = detail.stamp;
    const field = target.matches("form") ? target.querySelector("[aria-describedby]") : target;
    field.removeAttribute("aria-invalid");
    this.#note(field)?.replaceChildren();
    this.#count();
    this.#say(this.dataset.saved, true);
    document.body.dispatchEvent(new CustomEvent("settings-changed"));
    if (target.matches("[data-session-model], form")) this.#fetch();
    else if (target.matches("#setting-temperature, #setting-thinking")) this.#fields.dataset.stamp = ""; // one decides the other
  }

  #count() {
    const tools = [...this.querySelectorAll("input[name=tools]")];
    const count = this.querySelector(".setting-fold__count");
    if (count) count.textContent = count.textContent.replace(/^\d+/, tools.filter((tool) => tool.checked).length);
  }

  #answered({ target, detail }) {
    if (!detail.successful && detail.requestConfig.verb === "post") {
      if (target.matches("input[type=text]")) target.setAttribute("aria-invalid", "true");
      this.#say(this.dataset.unsaved, false);
    }
    this.#look();
  }

  get #model() { return this.querySelector("[data-session-model]")?.value; }

  // The composer's picker says what the form says, where another tab chose.
  #follow(before) {
    const other = document.querySelector("#composer select[name=model]");
    if (this.#model && this.#model !== before && other && other !== document.activeElement) other.value = this.#model;
  }

  async #fetch() {
    if (this.#fetching) return;
    this.#fetching = true;
    const [changes, model] = [this.#changes, this.#model];
    try {
      const answer = await fetch(this.#fields.action, { headers: { "HX-Request": "true" } });
      const html = await answer.text();
      if (answer.ok && changes === this.#changes) {
        htmx.swap(this.#fields, html, { swapStyle: "outerHTML" });
        this.#follow(model);
        document.body.dispatchEvent(new CustomEvent("settings-renewed"));
      }
    } catch { /* the page is being left, or the server is not there: the next frame looks again */ }
    this.#fetching = false;
    if (changes !== this.#changes) this.#look(); // what was asked before a change does not undo it
  }

  // Not under somebody's hands: what is being typed, was refused or is on its way stays.
  #look = () => {
    const now = this.querySelector("#settings-now")?.dataset.stamp;
    const fields = this.#fields;
    const typed = fields.querySelector("input[type=text]:focus");
    if (!now || now === fields.dataset.stamp || this.querySelector("[aria-invalid], .htmx-request") || (typed && typed.value !== typed.defaultValue)) return;
    this.#fetch();
  };
}
customElements.define("settings-form", SettingsForm);
