// A file to import, dropped or chosen, is sent in pieces; what arrived stays when the connection is cut.
// <import-upload data-most="1000000000" (bytes) data-too-large="… {most} …" data-sending="… {name}" data-cut="…" data-refused="…" data-not-taken="{name} …">
//   <div class="import-refused" hidden><strong class="import-refused__name"><p class="import-refused__said"><ul></div>
//   <form action="/import/"><input type="file" name="file"><button>…</form>
//   <div class="import-sending" hidden><p class="import-sending__name"></p><progress max="100"><p class="import-sending__said">
//   [data-again] [data-stop]</div></import-upload>
// The form's address, given `name` and `size`, answers with where pieces go; each answer says how many bytes are there. A refusal has `error`, and may have `links` (name, page).
class ImportUpload extends HTMLElement {
  #form; #box; #refusal; #file; #target; #stopped = false;

  connectedCallback() {
    this.#form = this.querySelector("form");
    this.#box = this.querySelector(".import-sending");
    this.#refusal = this.querySelector(".import-refused");
    this.#form.addEventListener("submit", this.#submitted);
    this.#form.elements.file.addEventListener("change", () => this.#begin(this.#form.elements.file.files[0]));
    this.querySelector("[data-again]").addEventListener("click", () => this.#send());
    this.querySelector("[data-stop]").addEventListener("click", () => this.#stop());
    for (const kind of ["dragover", "dragleave", "drop"]) window.addEventListener(kind, this.#dragged);
  }

  disconnectedCallback() {
    for (const kind of ["dragover", "dragleave", "drop"]) window.removeEventListener(kind, this.#dragged);
    this.#stopped = true;
  }

  #dragged = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.#form.classList.toggle("is-over", event.type === "dragover");
    if (event.type === "drop" && !this.#form.hidden) this.#begin(event.dataTransfer.files[0]);
  };

  #submitted = (event) => {
    event.preventDefault();
    this.#begin(this.#form.elements.file.files[0]);
  };

  async #begin(file) {
    if (!file || this.#form.hidden) return;
    this.#file = file;
    this.#target = null;
    this.#stopped = false;
    this.#refusal.hidden = true;
    this.#form.hidden = true;
    this.#box.hidden = false;
    this.querySelector(".import-sending__name").textContent = this.dataset.sending.replace("{name}", file.name);
    this.querySelector("progress").ariaLabel = this.dataset.sending.replace("{name}", file.name);
    const most = Number(this.dataset.most);
    if (file.size > most) this.#refused(this.dataset.tooLarge.replace("{most}", Math.floor(most / 1e6)));
    else await this.#send();
  }

  async #send() {
    this.#said("", false);
    try {
      if (!this.#target) this.#target = await this.#post(this.#form.action, this.#described());
      let at = await this.#piece(this.#target.from ?? 0, 0);
      while (at < this.#file.size && !this.#stopped) at = await this.#piece(at, this.#target.most);
      if (!this.#stopped) location.assign(this.#target.page);
    } catch (problem) {
      if (this.#stopped) return;
      if (problem.sentence) this.#refused(problem.sentence, problem.links);
      else this.#said(this.dataset.cut, true);
    }
  }

  // An empty piece asks how much is there, which is where the sending goes on after a cut.
  async #piece(at, size) {
    const answer = await this.#post(`${this.#target.pieces}?at=${at}`, this.#file.slice(at, at + size));
    this.querySelector("progress").value = (100 * answer.received) / this.#file.size;
    this.#target.from = answer.received;
    return answer.received;
  }

  #described() {
    const data = new FormData();
    data.append("name", this.#file.name);
    data.append("size", this.#file.size);
    return data;
  }

  async #post(address, body) {
    const token = this.#form.elements.csrfmiddlewaretoken.value;
    const response = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token } });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    if (response.status >= 500) throw new Error("away");
    throw Object.assign(new Error("refused"), { sentence: answer.error ?? this.dataset.refused, links: answer.links });
  }

  #said(text, again) {
    this.querySelector(".import-sending__said").textContent = text;
    this.querySelector("[data-again]").hidden = !again;
  }

  #stop() {
    this.#stopped = true;
    if (this.#target) this.#post(`${this.#target.page}cancel/`, new FormData()).catch(() => {});
    this.#anew();
  }

  // Why it was not taken stands above the form, which takes another one.
  #refused(text, links = []) {
    const rows = links.map(({ name, page }) => {
      const link = Object.assign(document.createElement("a"), { href: page, textContent: name, dir: "auto" });
      const row = document.createElement("li");
      row.append(link);
      return row;
    });
    this.querySelector(".import-refused__name").textContent = this.dataset.notTaken.replace("{name}", this.#file.name);
    this.querySelector(".import-refused__said").textContent = text;
    this.#refusal.querySelector("ul").replaceChildren(...rows);
    this.#refusal.hidden = false;
    this.#anew();
  }

  #anew() {
    this.#form.hidden = false;
    this.#box.hidden = true;
    this.#form.reset();
    this.querySelector("progress").value = 0;
    this.#form.elements.file.focus();
  }
}
customElements.define("import-upload", ImportUpload);
