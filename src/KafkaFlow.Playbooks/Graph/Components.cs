namespace KafkaFlow.Playbooks.Graph;

/// <summary>Strongly connected components. Tarjan: Depth-First Search and Linear Graph Algorithms (1972).</summary>
internal static class Components
{
    private sealed class Search(int count)
    {
        public int Clock;
        public readonly int[] Number = new int[count];
        public readonly int[] Low = new int[count];
        public readonly bool[] IsOpen = new bool[count];
        public readonly Stack<int> Open = new();
    }

    /// <returns>All components, each after those that it leads to.</returns>
    public static List<List<int>> Of(int count, Func<int, IEnumerable<int>> successors)
    {
        var search = new Search(count);
        var components = new List<List<int>>();
        for (var root = 0; root < count; root++)
            if (search.Number[root] == 0) Visit(root, successors, search, components);
        return components;
    }

    private static void Visit(
        int root, Func<int, IEnumerable<int>> successors, Search search, List<List<int>> components)
    {
        var path = new Stack<(int Node, IEnumerator<int> Left)>();
        Push(root);
        while (path.TryPeek(out var top))
        {
            if (top.Left.MoveNext())
            {
                var next = top.Left.Current;
                if (search.Number[next] == 0) Push(next);
                else if (search.IsOpen[next])
                    search.Low[top.Node] = Math.Min(search.Low[top.Node], search.Number[next]);
                continue;
            }
            path.Pop();
            if (path.TryPeek(out var above))
                search.Low[above.Node] = Math.Min(search.Low[above.Node], search.Low[top.Node]);
            if (search.Low[top.Node] == search.Number[top.Node]) components.Add(Close(top.Node, search));
        }

        void Push(int node)
        {
            search.Number[node] = search.Low[node] = ++search.Clock;
            search.IsOpen[node] = true;
            search.Open.Push(node);
            path.Push((node, successors(node).GetEnumerator()));
        }
    }

    private static List<int> Close(int root, Search search)
    {
        var members = new List<int>();
        int member;
        do
        {
            member = search.Open.Pop();
            search.IsOpen[member] = false;
            members.Add(member);
        } while (member != root);
        return members;
    }
}
