using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaFlow.Registry.Schemas;
using KafkaFlow.Registry.Storage;
using KafkaFlow.Registry.Subjects;

namespace KafkaFlow.Registry.Http;

/// <summary>A request without HTTP: path parts are unescaped, the body is read.</summary>
internal sealed record RegistryRequest(
    string Method, IReadOnlyList<string> Path, IReadOnlyDictionary<string, string> Query, JsonElement? Body)
{
    /// <summary>Given without a value it counts as true.</summary>
    public bool Flag(string name) => Query.TryGetValue(name, out var value)
        && (value.Length == 0 || value.Equals("true", StringComparison.OrdinalIgnoreCase));

    public string Text(string name) => Query.GetValueOrDefault(name) ?? "";
}

/// <summary>The paths and methods of the API, on one page.</summary>
internal sealed class Router(RegistryState state, RegistryStore store)
{
    /// <summary>What others send as prefix of all subjects.</summary>
    private const string AnyContext = ":*:";
    private const int MaxSubjectLength = 1_000;
    private readonly SchemaReader _reader = new(state);

    public Task<Answer> RouteAsync(RegistryRequest request, CancellationToken cancel)
    {
        var path = request.Path;
        var queries = new Queries(state, _reader);
        var registration = new Registration(state, _reader);
        var deletion = new Deletion(state);
        bool deleted = request.Flag("deleted"), permanent = request.Flag("permanent");
        return path.ToArray() switch
        {
            [] => On(Get(() => Answer.Ok(new JsonObject()))),
            ["subjects"] => On(Get(() => queries.Subjects(Prefix(request), deleted))),
            ["subjects", var s] when IsSubject(s) => On(
                With("POST", schema => queries.Lookup(s, schema, deleted)),
                Change("DELETE", () => deletion.Subject(s, permanent))),
            ["subjects", var s, "versions"] when IsSubject(s) => On(
                Get(() => queries.Versions(s, deleted)),
                ("POST", () => Register(s))),
            ["subjects", var s, "versions", var v] => On(
                Get(() => queries.Version(s, v, deleted)),
                Change("DELETE", () => deletion.Version(s, v, permanent))),
            ["subjects", var s, "versions", var v, "schema"] => On(Get(() => queries.VersionText(s, v, deleted))),
            ["subjects", var s, "versions", var v, "referencedby"] => On(Get(() => queries.ReferencedBy(s, v))),
            ["schemas", "types"] => On(Get(() => Answer.OkList(["AVRO"]))),
            ["schemas", "ids", var id] => On(Get(() => queries.Schema(id))),
            ["schemas", "ids", var id, "schema"] => On(Get(() => queries.SchemaText(id))),
            ["schemas", "ids", var id, "subjects"] => On(Get(() => queries.SchemaSubjects(id, deleted))),
            ["schemas", "ids", var id, "versions"] => On(Get(() => queries.SchemaVersions(id, deleted))),
            ["compatibility", "subjects", var s, "versions"] => On(Check(s, null)),
            ["compatibility", "subjects", var s, "versions", var v] => On(Check(s, v)),
            ["config"] => Level(RegistryState.Global),
            ["config", var s] when IsSubject(s) => Level(s),
            ["mode"] => Mode(RegistryState.Global),
            ["mode", var s] when IsSubject(s) => Mode(s),
            ["subjects" or "config" or "mode", ..] when path.Count > 1 && !IsSubject(path[1]) => Invalid(path[1]),
            _ => Task.FromResult(Answer.NoPath()),
        };

        Task<Answer> On(params (string Method, Func<Task<Answer>> Handle)[] handlers)
        {
            var match = Array.Find(handlers, h => h.Method == request.Method);
            return match.Handle?.Invoke()
                ?? Task.FromResult(Answer.NoMethod(string.Join(", ", handlers.Select(h => h.Method))));
        }

        (string, Func<Task<Answer>>) Get(Func<Answer> look) => ("GET", () => Task.FromResult(look()));

        (string, Func<Task<Answer>>) Change(string method, Func<Decision> decide) =>
            (method, () => store.ChangeAsync(decide, cancel));

        (string, Func<Task<Answer>>) With(string method, Func<SubmittedSchema, Answer> look) => (method, () =>
            Task.FromResult(SubmittedSchema.TryRead(request.Body, out var s, out var no) ? look(s) : no!));

        (string, Func<Task<Answer>>) Check(string subject, string? version) =>
            With("POST", schema => registration.Check(subject, version, schema, request.Flag("verbose")));

        Task<Answer> Register(string subject) => SubmittedSchema.TryRead(request.Body, out var schema, out var refusal)
            ? store.ChangeAsync(() => registration.Register(subject, schema), cancel)
            : Task.FromResult(refusal!);

        Task<Answer> Level(string subject) => On(
            Get(() => new Settings(state).Level(subject, request.Flag("defaultToGlobal"))),
            Change("PUT", () => Settings.SetLevel(subject, request.Body)),
            Change("DELETE", () => new Settings(state).RemoveLevel(subject)));

        Task<Answer> Mode(string subject) => On(
            Get(() => new Settings(state).Mode(subject, request.Flag("defaultToGlobal"))),
            Change("PUT", () => Settings.SetMode(subject, request.Body)),
            Change("DELETE", () => new Settings(state).RemoveMode(subject)));
    }

    private static string Prefix(RegistryRequest request) =>
        request.Text("subjectPrefix") is var prefix && prefix == AnyContext ? "" : prefix;

    private static bool IsSubject(string name) => name.Length <= MaxSubjectLength && !name.Any(char.IsControl);

    private static Task<Answer> Invalid(string name) => Task.FromResult(Answer.Refuse(
        422, 42208, $"The subject of {name.Length} characters is not valid: expected at most {MaxSubjectLength} "
        + "and no control characters"));
}
