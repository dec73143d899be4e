using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>A playbook with the patches of an execution applied: a pure function, worked out once per patch.</summary>
internal static class PatchedGraphs
{
    /// <summary>Patches of one graph that are kept compiled; then all are forgotten.</summary>
    private const int MaxKept = 64;
    private const string File = "patch";

    private static readonly ConditionalWeakTable<PlaybookGraph, Dictionary<string, PlaybookGraph>> Known = [];

    /// <exception cref="InvalidOperationException">A recorded patch does not apply to this playbook.</exception>
    public static PlaybookGraph Of(PlaybookGraph graph, ImmutableList<string> patches)
    {
        foreach (var patch in patches) graph = Of(graph, patch);
        return graph;
    }

    /// <returns>The patched graph, or the reasons why there is none.</returns>
    public static (PlaybookGraph? Graph, string? Reasons) Try(PlaybookGraph graph, string patch)
    {
        var compiled = PlaybookPatch.Apply(graph, patch, File);
        return compiled.Graph is { } patched ? (patched, null) : (null, string.Join("; ", compiled.Diagnostics
            .Where(problem => problem.Severity == PlaybookDiagnostic.Error).Select(problem => problem.Message)));
    }

    private static PlaybookGraph Of(PlaybookGraph graph, string patch)
    {
        var known = Known.GetOrCreateValue(graph);
        lock (known)
        {
            if (known.TryGetValue(patch, out var patched)) return patched;
            if (known.Count >= MaxKept) known.Clear();
            var (made, reasons) = Try(graph, patch);
            return known[patch] = made
                ?? throw new InvalidOperationException($"a recorded patch of {graph.Path} does not apply: {reasons}");
        }
    }
}
