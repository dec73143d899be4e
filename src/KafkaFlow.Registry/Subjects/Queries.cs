using System.Globalization;
using System.Text.Json.Nodes;
using KafkaFlow.Registry.Http;
using KafkaFlow.Registry.Schemas;
using KafkaFlow.Registry.Storage;

namespace KafkaFlow.Registry.Subjects;

/// <summary>Everything that only looks.</summary>
internal sealed class Queries(RegistryState state, SchemaReader reader)
{
    public Answer Subjects(string prefix, bool deleted) => Answer.OkList(state.Subjects(prefix, deleted));

    public Answer Versions(string subject, bool deleted) =>
        state.Versions(subject, deleted) is { Count: > 0 } versions
            ? Answer.OkList(versions.Select(v => v.Number))
            : Answer.NoSubject(subject);

    public Answer Version(string subject, string text, bool deleted) =>
        TryFind(subject, text, deleted, out var version, out var refusal) ? Described(version) : refusal!;

    public Answer VersionText(string subject, string text, bool deleted) =>
        TryFind(subject, text, deleted, out var version, out var refusal)
            ? Answer.OkText(version.Content.Text)
            : refusal!;

    public Answer ReferencedBy(string subject, string text) =>
        TryFind(subject, text, deleted: true, out var version, out var refusal)
            ? Answer.OkList(state.ReferencedBy(subject, version.Number))
            : refusal!;

    /// <summary>Which version of a subject a schema is.</summary>
    public Answer Lookup(string subject, SubmittedSchema submitted, bool deleted)
    {
        var versions = state.Versions(subject, deleted);
        if (versions.Count == 0) return Answer.NoSubject(subject);
        if (!reader.TryRead(submitted, out var parsed, out var refusal)) return refusal!;
        return versions.FirstOrDefault(v => parsed.IsSameAs(v.Content)) is { } found
            ? Described(found)
            : Answer.NoSchema();
    }

    public Answer Schema(string id) =>
        TryFind(id, out var content, out var refusal) ? Answer.Ok(Body(content)) : refusal!;

    public Answer SchemaText(string id) =>
        TryFind(id, out var content, out var refusal) ? Answer.OkText(content.Text) : refusal!;

    public Answer SchemaSubjects(string id, bool deleted) => TryFind(id, out var content, out var refusal)
        ? Answer.OkList(state.UsersOf(content.Id, deleted).Select(v => v.Subject).Distinct())
        : refusal!;

    public Answer SchemaVersions(string id, bool deleted) => TryFind(id, out var content, out var refusal)
        ? Answer.Ok(new JsonArray([.. state.UsersOf(content.Id, deleted).Select(v =>
            new JsonObject { ["subject"] = v.Subject, ["version"] = v.Number })]))
        : refusal!;

    private bool TryFind(string text, out Content content, out Answer? refusal)
    {
        refusal = null;
        content = null!;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id))
            refusal = Answer.NoPath();
        else if (state.ById(id) is not { } found)
            refusal = Answer.NoSchema(text);
        else
            content = found;
        return refusal is null;
    }

    private bool TryFind(string subject, string text, bool deleted, out SchemaVersion version, out Answer? refusal)
    {
        version = null!;
        if (!VersionName.TryRead(text, out var number, out refusal)) return false;
        var versions = state.Versions(subject, deleted);
        if (versions.Count == 0)
            refusal = Answer.NoSubject(subject);
        else if (VersionName.Find(versions, number) is not { } found)
            refusal = Answer.NoVersion(number);
        else
            version = found;
        return refusal is null;
    }

    private static Answer Described(SchemaVersion version)
    {
        var body = new JsonObject
        {
            ["subject"] = version.Subject, ["version"] = version.Number, ["id"] = version.Content.Id,
        };
        return Answer.Ok(Body(version.Content, body));
    }

    private static JsonObject Body(Content content, JsonObject? body = null)
    {
        body ??= [];
        if (content.References.Count > 0) body["references"] = RecordFormat.References(content.References);
        body["schema"] = content.Text;
        return body;
    }
}
