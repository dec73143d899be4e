using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Cli.Local;

/// <summary>The playbook of a run as it is now: the pinned version with the run's patches.</summary>
internal static class RunGraph
{
    /// <returns>null where the version is not registered on this cluster.</returns>
    public static PlaybookGraph? Of(ExecutionHistory run, Cluster cluster, CancellationToken cancel)
    {
        var graph = Pinned(run, cluster, cancel);
        foreach (var fact in run.Facts)
            if (fact.EventType == EventTypes.ExecutionPatched && graph is not null)
                graph = PlaybookPatch.Apply(graph, fact.Context!, "patch").Graph;
        return graph;
    }

    /// <summary>The version that the run began with.</summary>
    public static PlaybookGraph? Pinned(ExecutionHistory run, Cluster cluster, CancellationToken cancel)
    {
        using var registry = new PlaybookRegistry(cluster);
        var record = registry.Find(run.Run.PlaybookPath, run.Run.PlaybookVersion, cancel);
        return record is null || record.ContentHash != run.Run.ContentHash ? null
            : PlaybookCompiler.Compile(record.Source, $"{record.Path}@{record.Version}").Graph;
    }
}
