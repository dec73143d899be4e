using System.Text.Json.Nodes;
using KafkaFlow.Registry.Http;
using KafkaFlow.Registry.Storage;

namespace KafkaFlow.Registry.Subjects;

/// <summary>
/// Removes versions in two steps: first they are hidden (soft), then gone for good (permanent). What another schema
/// refers to stays.
/// </summary>
internal sealed class Deletion(RegistryState state)
{
    public Decision Subject(string subject, bool permanent)
    {
        var all = state.Versions(subject, deleted: true);
        if (all.Count == 0) return new(Answer.NoSubject(subject));
        if (Settings.IsReadOnly(state, subject)) return new(Answer.ReadOnly(subject));
        if (permanent && all.Any(v => !v.IsDeleted))
        {
            return new(Answer.Refuse(
                404, 40405, $"Subject '{subject}' was not deleted first before being permanently deleted"));
        }
        SchemaVersion[] gone = [.. all.Where(v => permanent || !v.IsDeleted)];
        if (gone.Length == 0)
        {
            return new(Answer.Refuse(
                404, 40404, $"Subject '{subject}' was soft deleted. Set permanent=true to delete permanently"));
        }
        if (gone.FirstOrDefault(IsReferenced) is { } used) return new(Answer.StillReferenced(used));
        var answer = Answer.OkList(gone.Select(v => v.Number));
        return permanent
            ? new(answer, [Marker(), .. gone.Select(v => new SchemaRemoved(subject, v.Number))])
            : new(answer, [new SubjectDeleted(subject, gone[^1].Number), .. OwnSettings(subject)]);
    }

    public Decision Version(string subject, string text, bool permanent)
    {
        if (!VersionName.TryRead(text, out var number, out var refusal)) return new(refusal!);
        var all = state.Versions(subject, deleted: true);
        if (all.Count == 0) return new(Answer.NoSubject(subject));
        if (VersionName.Find(all, number) is not { } version) return new(Answer.NoVersion(number));
        if (Settings.IsReadOnly(state, subject)) return new(Answer.ReadOnly(subject));
        if (permanent && !version.IsDeleted)
        {
            return new(Answer.Refuse(404, 40407, $"Subject '{subject}' Version {version.Number} was not deleted first "
                + "before being permanently deleted"));
        }
        if (!permanent && version.IsDeleted)
        {
            return new(Answer.Refuse(404, 40406, $"Subject '{subject}' Version {version.Number} was soft deleted. "
                + "Set permanent=true to delete permanently"));
        }
        if (IsReferenced(version)) return new(Answer.StillReferenced(version));
        var answer = Answer.Ok(JsonValue.Create(version.Number));
        if (permanent) return new(answer, Marker(), new SchemaRemoved(subject, version.Number));
        var isLast = all.Count(v => !v.IsDeleted) == 1;
        return new(answer, [Hidden(version), .. isLast ? OwnSettings(subject) : []]);
    }

    private bool IsReferenced(SchemaVersion version) => state.ReferencedBy(version.Subject, version.Number).Count > 0;

    /// <summary>An id must not be given again after the schema with the highest one is gone.</summary>
    private HighestId Marker() => new(state.LastId);

    private static SchemaRecord Hidden(SchemaVersion version) => new(
        version.Subject, version.Number, version.Content.Id, version.Content.Text, version.Content.References,
        IsDeleted: true);

    private IEnumerable<RegistryRecord> OwnSettings(string subject)
    {
        if (state.LevelOf(subject) is not null) yield return new LevelSet(subject, null);
        if (state.ModeOf(subject) is not null) yield return new ModeSet(subject, null);
    }
}
