using KafkaFlow.Engine.Reference;

namespace KafkaFlow.Engine.Tests;

/// <summary>Random patches of a playbook, some of which do not apply.</summary>
internal static class Patches
{
    public static RunInput.Patch Of(Move move, ReferenceRun run, int version)
    {
        var step = run.Graph.Steps[move.A % run.Graph.Steps.Count].Name;
        var other = run.Graph.Steps[move.C % run.Graph.Steps.Count].Name;
        var expected = move.B % 7 == 0 ? version + 1 : version;
        return new((move.B % 6) switch
        {
            0 => $$$"""[{"op":"add","path":"/workflow/{{{step}}}/args","value":{"p":"{{{move.C}}}"}}]""",
            1 => $$$"""[{"op":"remove","path":"/workflow/{{{step}}}/next/0"}]""",
            2 => $$$"""[{"op":"remove","path":"/workflow/{{{step}}}"}]""",
            3 => $$$"""[{"op":"add","path":"/workflow/{{{step}}}/next/-","value":{"step":"{{{other}}}"}}]""",
            4 => $$$"""[{"op":"add","path":"/workflow/new","value":{"tool":"work"}},{"op":"add","path":"/workflow/{{{step}}}/next/-","value":{"step":"new"}}]""",
            _ => """[{"op":"add","path":"/workflow/s0/nonsense","value":1}]""",
        }, expected);
    }
}
