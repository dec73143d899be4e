using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Cli.Local;

/// <summary>
/// The playbooks topic as a client sees it. For one <c>path@version</c> the lowest offset wins; whoever registers reads
/// to the end first, and again afterwards to learn whether it won.
/// </summary>
internal sealed class PlaybookRegistry : IDisposable
{
    private const int MaxAttempts = 20;
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(30);
    private readonly Cluster _cluster;
    private readonly TopicReader _reader;
    private readonly SortedDictionary<(string Path, int Version), PlaybookRecord> _versions = [];

    public PlaybookRegistry(Cluster cluster)
    {
        _cluster = cluster;
        _reader = new TopicReader(cluster.Settings.Kafka, cluster.Topics.Playbooks, readCommitted: true);
    }

    /// <summary>All versions, by path and number.</summary>
    public IReadOnlyCollection<PlaybookRecord> Read(CancellationToken cancel)
    {
        _reader.ReadToEnd(record =>
        {
            if (record.Message.Value is not { } value) return;
            if (_cluster.Serdes.DecodePlaybook(value).Record is { } playbook)
                _versions.TryAdd((playbook.Path, playbook.Version), playbook);
        }, ReadTimeout, cancel);
        return _versions.Values;
    }

    /// <param name="version">null: the highest.</param>
    public PlaybookRecord? Find(string path, int? version, CancellationToken cancel)
    {
        Read(cancel);
        return version is { } number ? _versions.GetValueOrDefault((path, number)) : Latest(path);
    }

    /// <returns>The version, and whether it is new: the same content as the latest keeps its version.</returns>
    public async Task<(PlaybookRecord Record, bool Created)> RegisterAsync(
        string path, string source, CancellationToken cancel)
    {
        var hash = PlaybookSource.Hash(source);
        await EnsureTopicsAsync(source, path);
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            Read(cancel);
            var latest = Latest(path);
            if (latest is not null && latest.ContentHash == hash)
                return (latest, attempt > 1 && latest.Source == source);
            var record = new PlaybookRecord
            {
                Path = path,
                Version = (latest?.Version ?? 0) + 1,
                ContentHash = hash,
                Kind = "Playbook",
                Source = source,
                CreatedAt = Timestamp.FromDateTime(DateTime.UtcNow),
                CreatedBy = Environment.UserName,
            };
            await _cluster.AppendAsync(record, cancel);
        }
        throw new CliException(ExitCodes.Conflict, "conflict",
            $"playbook {path} is being registered by others all the time");
    }

    /// <summary>Task topics exist before anything can be scheduled on them.</summary>
    private async Task EnsureTopicsAsync(string source, string path)
    {
        using var admin = new TopicAdmin(_cluster.Settings.Kafka);
        var graph = PlaybookCompiler.Compile(source, path).Graph;
        foreach (var type in graph?.TaskTypes ?? [])
            await admin.EnsureTasksTopicAsync(_cluster.Settings.Prefix, type);
    }

    private PlaybookRecord? Latest(string path) => _versions.Values.LastOrDefault(p => p.Path == path);

    public void Dispose() => _reader.Dispose();
}
