using System.Collections.Concurrent;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Playbooks;
using KafkaFlow.Serdes;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.EngineHost;

/// <summary>One registered version, compiled. <see cref="Graph"/> is null where this engine cannot run it.</summary>
public sealed record CatalogEntry(PlaybookRecord Record, PlaybookGraph? Graph, string? Problem);

/// <summary>
/// The playbooks topic in memory. Versions are immutable, so lookups may come from any thread while one reader thread
/// adds. For one <c>path@version</c> the lowest offset wins. A version becomes visible after the task topics of its
/// node types exist.
/// </summary>
public sealed class PlaybookCatalog : IDisposable
{
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(30);
    private readonly TopicReader _reader;
    private readonly Lock _reading = new();
    private readonly IRecordSerdes _serdes;
    private readonly Func<string, Task> _ensureTaskTopic;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<(string Path, int Version), CatalogEntry> _versions = new();
    private readonly ConcurrentDictionary<string, CatalogEntry> _byHash = new();
    private readonly ConcurrentDictionary<string, int> _latest = new();
    private readonly Queue<(byte[]? Value, long Offset)> _unread = [];

    /// <param name="ensureTaskTopic">Creates the task topic of a node type if it is missing.</param>
    public PlaybookCatalog(
        KafkaSettings kafka, TopicNames topics, IRecordSerdes serdes, Func<string, Task> ensureTaskTopic,
        ILogger logger)
    {
        _reader = new TopicReader(kafka, topics.Playbooks, readCommitted: true, logger);
        _serdes = serdes;
        _ensureTaskTopic = ensureTaskTopic;
        _logger = logger;
    }

    public IEnumerable<CatalogEntry> Entries => _versions.Values;

    /// <summary>Reads up to the end as it is now.</summary>
    /// <exception cref="KafkaUnavailableException">Kafka does not answer.</exception>
    /// <exception cref="SchemaUnavailableException">A schema cannot be had now; the record is read again by the next
    /// call.</exception>
    public void ReadToEnd(CancellationToken cancel)
    {
        lock (_reading)
        {
            _reader.ReadToEnd(
                record => _unread.Enqueue((record.Message.Value, record.Offset.Value)), ReadTimeout, cancel);
            while (_unread.TryPeek(out var next))
            {
                Add(next.Value, next.Offset);
                _unread.Dequeue();
            }
        }
    }

    /// <returns>The graph of this hash, or null. One that is not known yet may have been registered a moment ago and
    /// pinned by another instance: then the topic is read once more.</returns>
    public PlaybookGraph? GraphFor(string? contentHash)
    {
        if (contentHash is null) return null;
        if (_byHash.TryGetValue(contentHash, out var known)) return known.Graph;
        ReadToEnd(CancellationToken.None);
        return _byHash.GetValueOrDefault(contentHash)?.Graph;
    }

    /// <param name="version">A number in text; null or "latest": the highest.</param>
    /// <param name="contentHash">If given, the entry must have it.</param>
    public CatalogEntry? Resolve(string path, string? version, string? contentHash)
    {
        int number;
        if (version is null or "latest")
        {
            if (contentHash is not null)
                return _versions.Values.FirstOrDefault(
                    e => e.Record.Path == path && e.Record.ContentHash == contentHash);
            if (!_latest.TryGetValue(path, out number)) return null;
        }
        else if (!int.TryParse(version, System.Globalization.CultureInfo.InvariantCulture, out number))
        {
            return null;
        }
        var entry = _versions.GetValueOrDefault((path, number));
        return entry is null || (contentHash is not null && entry.Record.ContentHash != contentHash) ? null : entry;
    }

    internal void Add(byte[]? value, long offset)
    {
        if (value is null) return;
        var (record, error) = _serdes.DecodePlaybook(value);
        if (record is null)
        {
            Log.PlaybookUnreadable(_logger, offset, error!.Message);
            return;
        }
        var compiled = PlaybookCompiler.Compile(record.Source, $"{record.Path}@{record.Version}");
        var problem = compiled.Diagnostics.FirstOrDefault(d => d.Severity == PlaybookDiagnostic.Error);
        var entry = new CatalogEntry(record, compiled.Graph, problem?.Message);
        if (compiled.Graph is { } graph)
            foreach (var type in graph.TaskTypes)
                _ensureTaskTopic(type).GetAwaiter().GetResult();
        if (!_versions.TryAdd((record.Path, record.Version), entry)) return;
        _byHash.TryAdd(record.ContentHash, entry);
        _latest.AddOrUpdate(record.Path, record.Version, (_, known) => Math.Max(known, record.Version));
    }

    public void Dispose() => _reader.Dispose();
}
