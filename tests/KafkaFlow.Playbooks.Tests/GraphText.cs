using System.Globalization;
using System.Text;

namespace KafkaFlow.Playbooks.Tests;

/// <summary>A graph as text that is easy to compare: one line per step, then one per edge.</summary>
internal static class GraphText
{
    public static string Of(PlaybookGraph graph)
    {
        var text = new StringBuilder();
        foreach (var step in graph.Steps) text.AppendLine(StepLine(step));
        foreach (var edge in graph.Edges)
        {
            text.Append(CultureInfo.InvariantCulture, $"{graph.Steps[edge.From].Name} > {graph.Steps[edge.To].Name}");
            if (edge.When is { } when) text.Append(CultureInfo.InvariantCulture, $" when {when.Text}");
            if (edge.IsElse) text.Append(" else");
            if (edge.OnError) text.Append(" on_error");
            if (edge.Args is { } args) text.Append(CultureInfo.InvariantCulture, $" args {TreeText(args)}");
            text.AppendLine();
        }
        return text.ToString().ReplaceLineEndings("\n").TrimEnd();
    }

    public static string TreeText(TemplateTree tree) => tree switch
    {
        TemplateTree.Literal literal => literal.Value.ToJson(),
        TemplateTree.Text text => text.Template.Text.Trim(),
        TemplateTree.ListNode list => $"[{string.Join(", ", list.Items.Select(TreeText))}]",
        TemplateTree.MapNode map =>
            $"{{{string.Join(", ", map.Entries.Select(e => $"{e.Key}: {TreeText(e.Value)}"))}}}",
        _ => throw new InvalidOperationException(),
    };

    private static string StepLine(StepNode step)
    {
        var line = new StringBuilder($"{step.Name}: {step.NodeType ?? "-"}");
        if (step.Args is not TemplateTree.MapNode { Entries.Count: 0 }) line.Append($" args {TreeText(step.Args)}");
        if (step.Binds.Count > 0) line.Append($" binds {string.Join(",", step.Binds)}");
        if (step.Auth is { } auth) line.Append($" auth {TreeText(auth)}");
        if (step.Save is { } save) line.Append($" save {TreeText(save)}");
        if (step.Join != JoinRule.All) line.Append(CultureInfo.InvariantCulture, $" join {step.Join.Kind} {step.Join.Count}");
        if (step.NextMode != NextMode.All) line.Append($" next_mode {step.NextMode}");
        return line.ToString();
    }
}
