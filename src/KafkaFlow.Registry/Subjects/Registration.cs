using System.Text.Json.Nodes;
using KafkaFlow.Registry.Http;
using KafkaFlow.Registry.Schemas;
using KafkaFlow.Registry.Storage;

namespace KafkaFlow.Registry.Subjects;

/// <summary>Takes a schema as a subject's next version, or says why it may not be that.</summary>
internal sealed class Registration(RegistryState state, SchemaReader reader)
{
    public Decision Register(string subject, SubmittedSchema submitted)
    {
        if (!reader.TryRead(submitted, out var parsed, out var refusal)) return new(refusal!);
        if (Settings.IsReadOnly(state, subject)) return new(Answer.ReadOnly(subject));
        var live = state.Versions(subject, deleted: false);
        if (live.FirstOrDefault(v => parsed.IsSameAs(v.Content)) is { } same) return new(Registered(same.Content.Id));
        var problems = CompatibilityLevels.Problems(Settings.LevelFor(state, subject), parsed.Schema, live, reader);
        if (problems.Count > 0)
        {
            return new(Answer.Refuse(
                409, 409, "Schema being registered is incompatible with an earlier schema for subject "
                + $"\"{subject}\", details: [{string.Join(", ", problems)}]"));
        }
        var id = state.IdOf(parsed.Text, parsed.References) ?? state.LastId + 1;
        var number = state.Versions(subject, deleted: true) is [.., var last] ? last.Number + 1 : 1;
        var record = new SchemaRecord(subject, number, id, parsed.Text, parsed.References, IsDeleted: false);
        return SchemasLog.Fits(record)
            ? new(Registered(id), record)
            : new(Answer.Refuse(422, 42209, "The schema is too large: it does not fit into one Kafka record"));
    }

    /// <summary>Whether a schema may follow; a version that is named is the only one it is held against.</summary>
    public Answer Check(string subject, string? version, SubmittedSchema submitted, bool verbose)
    {
        IReadOnlyList<SchemaVersion> against = state.Versions(subject, deleted: false);
        if (version is not null)
        {
            if (!VersionName.TryRead(version, out var number, out var invalid)) return invalid!;
            if (against.Count == 0 && number != VersionName.Latest) return Answer.NoSubject(subject);
            if (against.Count > 0)
            {
                if (VersionName.Find(against, number) is not { } chosen) return Answer.NoVersion(number);
                against = [chosen];
            }
        }
        if (!reader.TryRead(submitted, out var parsed, out var refusal)) return refusal!;
        var level = Settings.LevelFor(state, subject);
        var problems = CompatibilityLevels.Problems(
            version is null ? level : CompatibilityLevels.WithoutHistory(level), parsed.Schema, against, reader);
        var body = new JsonObject { ["is_compatible"] = problems.Count == 0 };
        if (verbose) body["messages"] = new JsonArray([.. problems.Select(p => JsonValue.Create(p))]);
        return Answer.Ok(body);
    }

    private static Answer Registered(int id) => Answer.Ok(new JsonObject { ["id"] = id });
}
