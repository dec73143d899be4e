using KafkaFlow.Playbooks.Patching;
using KafkaFlow.Playbooks.Reading;

namespace KafkaFlow.Playbooks;

/// <summary>
/// Changes a compiled playbook by operations of RFC 6902 on its JSON form, in which <c>workflow</c> is a map from the
/// name of a step to the step (without its key <c>step</c>); new steps come last. Pure.
/// </summary>
public static class PlaybookPatch
{
    /// <summary>Applies all operations in order, then compiles the result like a new playbook.</summary>
    /// <param name="graph">A compiled graph, patched before or not; its <see cref="PlaybookGraph.Source"/> is what is
    /// changed.</param>
    /// <param name="patchJson">At most 1,000 operations in 256 KiB.</param>
    /// <param name="file">Name shown in diagnostics: of the patch, and of the source that it leads to.</param>
    /// <returns>
    /// The new graph, or null and the reasons. Its source is JSON text, its hash still that of the registered playbook.
    /// An edge keeps its index if it was there before (same steps, same place among the edges between them); removed
    /// ones stay in <see cref="PlaybookGraph.Edges"/> but lead nowhere, new ones come behind.
    /// </returns>
    public static CompiledPlaybook Apply(PlaybookGraph graph, string patchJson, string file)
    {
        var problems = new DiagnosticList(file);
        var operations = new PatchReader(patchJson, problems).Read();
        if (problems.HasErrors) return new(null, problems.Sorted());
        var patch = new JsonPatch(PlaybookJson.Read(graph.Source));
        foreach (var operation in operations)
            if (!TryApply(patch, operation, problems)) return new(null, problems.Sorted());
        if (PlaybookJson.Write(patch.Document, problems) is not { } source) return new(null, problems.Sorted());
        var compiled = PlaybookCompiler.Compile(source, file, graph.ContentHash);
        if (compiled.Graph is not { } changed) return compiled;
        if (changed.Path == graph.Path) return new(EdgeIdentity.Keep(graph, changed), compiled.Diagnostics);
        problems.Error(new(1, 1), DiagnosticCodes.PatchFailed, "a patch cannot change metadata.path", changed.Path,
            graph.Path, "register the playbook under its new path");
        return new(null, problems.Sorted());
    }

    internal static bool TryApply(JsonPatch patch, PatchOperation operation, DiagnosticList problems)
    {
        try
        {
            patch.Apply(operation);
            return true;
        }
        catch (PatchException e)
        {
            var from = operation.From is { } source ? $" from '{source.Text}'" : "";
            problems.Error(operation.At, DiagnosticCodes.PatchFailed,
                $"operation {operation.Index}, {operation.Op} '{operation.Path.Text}'{from}: {e.Message}", e.Found,
                e.Expected);
            return false;
        }
    }
}
