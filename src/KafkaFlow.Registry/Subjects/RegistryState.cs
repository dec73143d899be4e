using KafkaFlow.Registry.Storage;

namespace KafkaFlow.Registry.Subjects;

/// <summary>
/// What the records of the topic add up to; <see cref="Apply"/> is the only thing that changes it, at start and live.
/// Every method takes the lock for a short time; what is returned does not change. Ids are never given twice: the
/// highest is known from the schemas, and from a marker once schemas have been removed for good.
/// </summary>
internal sealed class RegistryState
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, SortedDictionary<int, SchemaVersion>> _subjects =
        new(StringComparer.Ordinal);

    private readonly Dictionary<int, Content> _byId = [];
    private readonly Dictionary<string, int> _idOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _levels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _modes = new(StringComparer.Ordinal);
    private int _lastId;

    /// <summary>Subject under which the settings for all subjects are kept.</summary>
    public const string Global = "";

    public int LastId
    {
        get
        {
            lock (_gate) return _lastId;
        }
    }

    public void Apply(RegistryRecord record)
    {
        lock (_gate)
        {
            switch (record)
            {
                case SchemaRecord schema: Put(schema); break;
                case SchemaRemoved removed: Remove(removed.Subject, removed.Version); break;
                case SubjectDeleted deleted: MarkDeleted(deleted.Subject, deleted.Version); break;
                case LevelSet set: Set(_levels, set.Subject, set.Level); break;
                case ModeSet set: Set(_modes, set.Subject, set.Mode); break;
                case HighestId highest: _lastId = Math.Max(_lastId, highest.Id); break;
                default: throw new InvalidOperationException($"no registry record {record}");
            }
        }
    }

    /// <returns>Names in order, of subjects with a version that may be seen.</returns>
    public IReadOnlyList<string> Subjects(string prefix, bool deleted)
    {
        lock (_gate)
        {
            return [.. _subjects.Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal)
                && s.Value.Values.Any(v => deleted || !v.IsDeleted)).Select(s => s.Key)];
        }
    }

    /// <returns>In order; empty if there is no such subject.</returns>
    public IReadOnlyList<SchemaVersion> Versions(string subject, bool deleted)
    {
        lock (_gate)
        {
            return _subjects.TryGetValue(subject, out var versions)
                ? [.. versions.Values.Where(v => deleted || !v.IsDeleted)]
                : [];
        }
    }

    public SchemaVersion? Version(string subject, int number)
    {
        lock (_gate) return _subjects.GetValueOrDefault(subject)?.GetValueOrDefault(number);
    }

    public Content? ById(int id)
    {
        lock (_gate) return _byId.GetValueOrDefault(id);
    }

    /// <returns>The id under which a schema is known in any subject, or null.</returns>
    public int? IdOf(string text, IReadOnlyList<Reference> references)
    {
        lock (_gate) return _idOf.TryGetValue(Content.IdentityOf(text, references), out var id) ? id : null;
    }

    public IReadOnlyList<SchemaVersion> UsersOf(int id, bool deleted)
    {
        lock (_gate) return [.. All().Where(v => v.Content.Id == id && (deleted || !v.IsDeleted))];
    }

    /// <returns>Ids of the schemas, not deleted, that refer to this version.</returns>
    public IReadOnlyList<int> ReferencedBy(string subject, int number)
    {
        lock (_gate)
        {
            return [.. All().Where(v => !v.IsDeleted
                && v.Content.References.Any(r => r.Subject == subject && r.Version == number))
                .Select(v => v.Content.Id).Distinct()];
        }
    }

    public string? LevelOf(string subject)
    {
        lock (_gate) return _levels.GetValueOrDefault(subject);
    }

    public string? ModeOf(string subject)
    {
        lock (_gate) return _modes.GetValueOrDefault(subject);
    }

    private IEnumerable<SchemaVersion> All() => _subjects.Values.SelectMany(versions => versions.Values);

    private void Put(SchemaRecord record)
    {
        Remove(record.Subject, record.Version);
        var content = new Content(record.Id, record.Schema, record.References);
        if (_byId.TryGetValue(record.Id, out var known) && known.Identity == content.Identity) content = known;
        _byId[record.Id] = content;
        _idOf[content.Identity] = record.Id;
        if (!_subjects.TryGetValue(record.Subject, out var versions)) _subjects[record.Subject] = versions = [];
        versions[record.Version] = new(record.Subject, record.Version, content, record.IsDeleted);
        _lastId = Math.Max(_lastId, record.Id);
    }

    private void Remove(string subject, int number)
    {
        if (!_subjects.TryGetValue(subject, out var versions) || !versions.Remove(number, out var gone)) return;
        if (versions.Count == 0) _subjects.Remove(subject);
        if (All().Any(v => v.Content.Id == gone.Content.Id)) return;
        _byId.Remove(gone.Content.Id);
        _idOf.Remove(gone.Content.Identity);
    }

    private void MarkDeleted(string subject, int upTo)
    {
        if (!_subjects.TryGetValue(subject, out var versions)) return;
        foreach (var number in versions.Keys.Where(n => n <= upTo).ToArray())
            versions[number] = versions[number] with { IsDeleted = true };
    }

    private static void Set(Dictionary<string, string> settings, string subject, string? value)
    {
        if (value is null) settings.Remove(subject);
        else settings[subject] = value;
    }
}
